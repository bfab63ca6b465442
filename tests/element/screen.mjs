// What the SDK hands to Element's interface of a room: the messages with edits applied, relations and shields.

import { crypto as api, sdk } from "./sdk.mjs";

const MESSAGES = new Set(["m.room.message", "m.room.encrypted", "m.sticker"]);

// All messages of the main timeline and of the threads, in the order of their time.
export async function screen(client, roomId) {
  const room = client.getRoom(roomId);
  if (!room) return [];
  const events = new Map();
  const all = [room.getLiveTimeline().getEvents(), ...room.getThreads().map((thread) => thread.events)];
  for (const event of all.flat()) {
    const gone = event.isRedacted() && MESSAGES.has(event.getWireType());
    const shown = MESSAGES.has(event.getType()) && !event.isRelation(sdk.RelationType.Replace);
    if (shown || gone) events.set(event.getId(), event);
  }
  const lines = await Promise.all([...events.values()].map((event) => line(client, room, event)));
  return lines.sort((one, other) => one.sentAt - other.sentAt);
}

async function line(client, room, event) {
  const edit = event.replacingEvent();
  const content = event.getContent();
  const thread = event.isThreadRoot ? null : (event.threadRootId ?? null);
  return {
    event: event.getId(),
    sender: event.getSender(),
    type: event.getType(),
    content,
    wire: event.getWireContent(),
    sentAt: event.getTs() / 1000,
    encrypted: event.isEncrypted(),
    failure: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
    // Element shows the shield of the last edit; here both count.
    shields: await Promise.all([event, edit].filter(Boolean).map((one) => shield(client, one))),
    thread,
    listed: thread === null || Boolean(room.getThread(thread)?.events.some((one) => one.getId() === event.getId())),
    root: event.isThreadRoot,
    replyTo: repliesTo(event),
    edited: edit !== null,
    redacted: event.isRedacted(),
  };
}

// As Element decides whether to show a quotation: not for the fallback of a thread.
function repliesTo(event) {
  const relation = event.getWireContent()["m.relates_to"];
  if (relation?.rel_type === sdk.RelationType.Thread && relation.is_falling_back) return null;
  return event.replyEventId ?? null;
}

// The icon beside a message: null for none, else its reason ("UNSIGNED_DEVICE", "NOT_ENCRYPTED" …).
async function shield(client, event) {
  if (event.isRedacted() || event.isDecryptionFailure()) return null;
  if (!event.isEncrypted()) return "NOT_ENCRYPTED";
  const info = await client.getCrypto().getEncryptionInfoForEvent(event);
  if (info === null) return "NO_INFORMATION";
  if (info.shieldColour === api.EventShieldColour.NONE) return null;
  return api.EventShieldReason[info.shieldReason] ?? "UNKNOWN";
}
