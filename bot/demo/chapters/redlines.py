"""A round of red lines: six people, one objection, one revision, consent."""

from __future__ import annotations

import asyncio
import contextlib

from bot.demo import talk
from bot.demo.person import Person
from bot.demo.rounds import CONSENT, OBJECT, Voter, enter
from bot.demo.stage import Group, Stage

_TITLE = "We are planning a joint action."
_THIRD = (("tala", "Tala"), ("rosa", "Rosa"))
_CHANGE = "Please stay calm."


async def play(stage: Stage) -> None:
    """Everybody says in private what they cannot risk; a plan that crosses a red line is changed."""
    async with contextlib.AsyncExitStack() as ending:
        both = (stage.manila, stage.oaxaca)
        stage.watch([(group.name, group.room) for group in both])
        third = [
            await _newcomer(stage, group, user, name)
            for group, (user, name) in zip(both, _THIRD, strict=True)
        ]
        for person in third:
            ending.push_async_callback(person.stop)
        voters = [Voter(person, stage.bot.user_id) for person in (*stage.people, *third)]
        plan = await stage.dispatch(
            stage.manila, "We are planning a vigil.", "Estamos planeando una vigilia."
        )
        await stage.arrived(plan)
        number = await _open(stage)
        stage.board.say(
            "time is compressed: collecting takes a week, and so does the consent; here the stewards "
            "of both groups end each phase early, as the rules allow them to"
        )
        await enter(voters)
        await voters[1].name("Please do not share names.")
        await voters[4].name("Please do not bring children.")
        await voters[3].name("Por favor mantengan la calma.")
        await _close(stage, number)
        await _told(stage, "Please do not share names.", "Por favor no compartan nombres.")
        stage.board.say("the red lines stand in both rooms, without order or names; now consent is asked")
        await _vote(voters, {voters[5]: OBJECT})
        await _close(stage, number)
        await _told(stage, "Held: for somebody", "Detenida: para alguien")
        stage.board.say("five consent and one objects: the objection holds; Manila changes the plan")
        await stage.manila.steward.say(stage.manila.room, f"!audit revise {number} {_CHANGE}")
        await _vote(voters, {})
        await _close(stage, number)
        await _told(stage, "Consent: nobody objects", "Consentimiento: nadie objeta")
        stage.board.say("six consent; nobody in any room has been told who had objected")


async def _newcomer(stage: Stage, group: Group, user: str, name: str) -> Person:
    account = await stage.server.register(user, "demonstration")
    person = Person(stage.server.url, account, stage.folder / user, name=name)
    await person.start()
    await group.steward.invite(group.room, person.user_id)
    await person.join(group.room)
    await group.steward.wait_joined(group.room, person.user_id)
    return person


async def _open(stage: Stage) -> str:
    manila, oaxaca, bot = stage.manila, stage.oaxaca, stage.bot.user_id
    await manila.steward.say(manila.room, f'!audit open "{_TITLE}"')
    asked = await talk.told(oaxaca.steward, bot, oaxaca.room, "!audit accept")
    number = asked.body.split("!audit accept ")[1].split()[0]
    await oaxaca.steward.say(oaxaca.room, f"!audit accept {number}")
    for group in (manila, oaxaca):
        await talk.told(group.steward, bot, group.room, "!audit join")
    return number


async def _close(stage: Stage, number: str) -> None:
    """A steward of each group ends the phase."""
    for group in (stage.manila, stage.oaxaca):
        await group.steward.say(group.room, f"!audit close {number}")


async def _vote(voters: list[Voter], choices: dict[Voter, int]) -> None:
    await asyncio.gather(*(voter.vote(choices.get(voter, CONSENT)) for voter in voters))


async def _told(stage: Stage, words: str, there: str) -> None:
    """Both groups read it, each in its language."""
    for group, said in ((stage.manila, words), (stage.oaxaca, there)):
        await talk.told(group.member, stage.bot.user_id, group.room, said, within=75)
    await asyncio.sleep(stage.board.pace)
