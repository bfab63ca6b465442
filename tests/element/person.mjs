// One account on one device of Element's SDK.

import { crypto as api, logger, PollResponseEvent, sdk } from "./sdk.mjs";
import { screen } from "./screen.mjs";

const NEWS = [
  sdk.ClientEvent.Sync,
  sdk.RoomEvent.Timeline,
  sdk.RoomEvent.Redaction,
  sdk.MatrixEventEvent.Decrypted,
  sdk.ThreadEvent.Update,
  sdk.ThreadEvent.NewReply,
  api.CryptoEvent.UserTrustStatusChanged,
  api.CryptoEvent.DevicesUpdated,
];

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export class Person {
  // What may be asked of a person from outside.
  static CAN = new Set([
    "end", "identity", "backUp", "recover", "createRoom", "invite", "kick", "join", "leave", "members", "upgrade",
    "successor", "send", "edit", "redact", "polls", "vote", "screen", "news", "standing", "requestVerification",
  ]);

  constructor({ homeserver, user, password }) {
    this.homeserver = homeserver;
    this.user = user;
    this.password = password;
    this.recoveryKey = null;
    this.count = 0;
    this.waiting = new Set();
  }

  // Log in on a new device. `identity`: "new" makes the account's first one, "reset" another in its place,
  // "recover" takes it over with the recovery `key`, "none" leaves the device unsigned. Not `strict` is how
  // Element comes: it shares keys with unsigned devices, and writes from one.
  async enter({ name, identity, key, strict }) {
    const door = sdk.createClient({ baseUrl: this.homeserver, logger });
    const login = await door.loginRequest({
      type: "m.login.password",
      identifier: { type: "m.id.user", user: this.user },
      password: this.password,
      initial_device_display_name: `Element of ${name}`,
    });
    this.client = sdk.createClient({
      baseUrl: this.homeserver,
      accessToken: login.access_token,
      userId: login.user_id,
      deviceId: login.device_id,
      logger,
      timelineSupport: true,
      cryptoCallbacks: { getSecretStorageKey: ({ keys }) => this.#storageKey(keys) },
    });
    this.client.setMaxListeners(0);
    for (const event of NEWS) this.client.on(event, () => this.#tell());
    await this.client.initRustCrypto({ useIndexedDB: false });
    this.crypto = this.client.getCrypto();
    const mode = strict ? new api.OnlySignedDevicesIsolationMode() : new api.AllDevicesIsolationMode(false);
    this.crypto.setDeviceIsolationMode(mode);
    await this.client.startClient({
      initialSyncLimit: 50,
      threadSupport: true,
      pendingEventOrdering: sdk.PendingEventOrdering.Detached,
    });
    await this.#until(() => this.client.isInitialSyncComplete(), 30);
    if (identity === "new" || identity === "reset") await this.#newIdentity(identity === "reset");
    if (identity === "recover") await this.recover({ key });
    return { device: login.device_id };
  }

  async end() {
    this.client.stopClient();
  }

  // -- identity

  // The first identity of an account, or one in place of the old, as "Reset identity" makes it.
  async #newIdentity(reset) {
    const authUploadDeviceSigningKeys = (request) =>
      request({
        type: "m.login.password",
        identifier: { type: "m.id.user", user: this.user },
        password: this.password,
      });
    if (reset) await this.crypto.resetEncryption(authUploadDeviceSigningKeys);
    else await this.crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys });
    await this.#signed();
  }

  async #storageKey(keys) {
    if (!this.recoveryKey) return null;
    const wanted = await this.client.secretStorage.getDefaultKeyId();
    return [wanted in keys ? wanted : Object.keys(keys)[0], this.recoveryKey];
  }

  // Put the identity into secret storage, as "Set up recovery" does; returns the recovery key.
  async backUp() {
    const made = await this.crypto.createRecoveryKeyFromPassphrase();
    this.recoveryKey = made.privateKey;
    await this.crypto.bootstrapSecretStorage({
      createSecretStorageKey: async () => made,
      setupNewSecretStorage: true,
    });
    return made.encodedPrivateKey;
  }

  // Type the recovery key: the identity comes out of secret storage and signs this device.
  async recover({ key }) {
    this.recoveryKey = api.decodeRecoveryKey(key);
    await this.crypto.userHasCrossSigningKeys(this.user, true); // the public keys have to be known
    await this.crypto.bootstrapCrossSigning({});
    await this.#signed();
  }

  // Wait until the server has told this client that its device is signed by its owner.
  async #signed() {
    for (let tries = 0; tries < 100; tries += 1) {
      const own = await this.crypto.getDeviceVerificationStatus(this.user, this.client.getDeviceId());
      if (own?.signedByOwner) return;
      await pause(0.1);
    }
    throw new Error("the signature of this device does not arrive");
  }

  // What this client thinks of its own account.
  async identity() {
    const own = await this.crypto.getDeviceVerificationStatus(this.user, this.client.getDeviceId());
    const status = await this.crypto.getCrossSigningStatus();
    return {
      ready: await this.crypto.isCrossSigningReady(),
      signed: own?.signedByOwner ?? false,
      stored: status.privateKeysInSecretStorage,
      cached: Object.values(status.privateKeysCachedLocally).every(Boolean),
    };
  }

  // What this client thinks of somebody: `warned` is the banner "identity was reset", the devices are
  // mapped to whether their owner has signed them.
  async standing({ user }) {
    const status = await this.crypto.getUserVerificationStatus(user);
    const devices = (await this.crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    const signed = {};
    for (const id of devices.keys()) {
      signed[id] = (await this.crypto.getDeviceVerificationStatus(user, id))?.signedByOwner ?? false;
    }
    const keys = await this.crypto.getUserCrossSigningKeys(user);
    const known = keys !== null && Object.keys(keys).length > 0;
    return { known, warned: status.needsUserApproval, devices: signed };
  }

  // Ask somebody to verify interactively, in a room or from device to device; returns whether that was
  // cancelled, and with which code, once they answer or `within` seconds have passed.
  async requestVerification({ user, room, device, within }) {
    const request = room
      ? await this.crypto.requestVerificationDM(user, room)
      : await this.crypto.requestDeviceVerification(user, device);
    const end = Date.now() + within * 1000;
    const { Cancelled, Requested } = api.VerificationPhase;
    while (request.phase <= Requested && Date.now() < end) await pause(0.05);
    return { cancelled: request.phase === Cancelled, code: request.cancellationCode ?? null };
  }

  // -- rooms

  async createRoom({ name, invite, levels, direct, version }) {
    const made = await this.client.createRoom({
      preset: sdk.Preset.PrivateChat,
      invite,
      is_direct: direct,
      ...(name ? { name } : {}),
      ...(version ? { room_version: version } : {}),
      ...(levels ? { power_level_content_override: { users: levels } } : {}),
      initial_state: [
        { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
      ],
    });
    await this.#until(() => this.client.getRoom(made.room_id)?.getMyMembership() === "join", 30);
    return made.room_id;
  }

  async invite({ room, user }) {
    await this.client.invite(room, user);
  }

  async kick({ room, user }) {
    await this.client.kick(room, user);
  }

  async join({ room }) {
    await this.client.joinRoom(room);
    await this.#until(() => this.client.getRoom(room)?.getMyMembership() === "join", 30);
  }

  async leave({ room }) {
    await this.client.leave(room);
  }

  // The members as the client shows them: user id to membership; empty for an unknown room.
  async members({ room }) {
    const found = this.client.getRoom(room);
    return Object.fromEntries((found?.getMembers() ?? []).map((member) => [member.userId, member.membership]));
  }

  // Upgrade a room, as "Upgrade room" does; returns the new room.
  async upgrade({ room, version }) {
    return (await this.client.upgradeRoom(room, version)).replacement_room;
  }

  // The room to which this one's tombstone points.
  async successor({ room }) {
    const stone = this.client.getRoom(room)?.currentState.getStateEvents("m.room.tombstone", "");
    return stone?.getContent().replacement_room ?? null;
  }

  // -- writing

  async send({ room, text, thread, replyTo, html, mentions, msgtype }) {
    const content = { msgtype, body: text, "m.mentions": mentions.length ? { user_ids: mentions } : {} };
    if (html) Object.assign(content, { format: "org.matrix.custom.html", formatted_body: html });
    if (replyTo) content["m.relates_to"] = { "m.in_reply_to": { event_id: replyTo } };
    return (await this.client.sendMessage(room, thread ?? null, content)).event_id;
  }

  async edit({ room, event, text }) {
    const fresh = { msgtype: "m.text", body: text, "m.mentions": {} };
    const content = {
      ...fresh,
      body: `* ${text}`,
      "m.new_content": fresh,
      "m.relates_to": { rel_type: "m.replace", event_id: event },
    };
    const old = this.client.getRoom(room)?.findEventById(event);
    const thread = old && !old.isThreadRoot ? (old.threadRootId ?? null) : null;
    return (await this.client.sendMessage(room, thread, content)).event_id;
  }

  async redact({ room, event }) {
    return (await this.client.redactEvent(room, event)).event_id;
  }

  // Choose in a poll, as a tap on one of its answers does; returns the event.
  async vote({ room, poll, answer }) {
    const { type, content } = PollResponseEvent.from([answer], poll).serialize();
    return (await this.client.sendEvent(room, type, content)).event_id;
  }

  // -- looking

  // The polls of a room as the SDK hands them to Element's tile, oldest first.
  async polls({ room }) {
    const found = [...(this.client.getRoom(room)?.polls.values() ?? [])];
    return found.map((poll) => ({
      event: poll.pollId,
      question: poll.pollEvent.question.text,
      answers: poll.pollEvent.answers.map((answer) => [answer.id, answer.text]),
      undisclosed: poll.pollEvent.rawKind.endsWith("undisclosed"),
      ended: poll.isEnded,
    }));
  }

  async screen({ room }) {
    return screen(this.client, room);
  }

  // Wait until more has happened than `after`, at most `within` seconds; returns how much has happened.
  async news({ after, within }) {
    await this.#until(() => this.count > after, within, false);
    await pause(0.03); // what comes together is told together
    return this.count;
  }

  #tell() {
    this.count += 1;
    for (const look of [...this.waiting]) look();
  }

  async #until(condition, seconds, must = true) {
    if (condition()) return;
    await new Promise((resolve, reject) => {
      const done = (error) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        error ? reject(error) : resolve();
      };
      const look = () => condition() && done();
      const timer = setTimeout(
        () => done(must ? new Error(`waited ${seconds} s in vain for ${condition}`) : null),
        seconds * 1000,
      );
      this.waiting.add(look);
    });
  }
}
