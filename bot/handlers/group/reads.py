"""How each setting of a group reads, in `!group` and after a change, and what some changes mean."""

from __future__ import annotations

from bot.domain.group import Approval, Attribution, Group, NewMembers, Speakers
from bot.domain.text import Listing, Text, t, tn
from bot.domain.trust import Policy


def dispatch_is(group: Group) -> Text:
    if group.settings.dispatch is Speakers.MEMBERS:
        return t("Dispatches are sent by every member.")
    return t("Dispatches are sent by stewards.")


def attribution_is(group: Group) -> Text:
    if group.settings.attribution is Attribution.MEMBER:
        return t("A dispatch says that it is from a member, unless its author says otherwise.")
    return t("A dispatch goes out in the group's name, unless its author says otherwise.")


def threadconfirm_is(group: Group) -> Text:
    if group.settings.threadconfirm:
        return t("Before somebody's first message in a shared thread crosses, I ask them.")
    return t("Messages in a shared thread cross without my asking first.")


def keep_is(group: Group) -> Text:
    days = group.settings.keep
    if days == 0:
        return t("I do not keep the words of your dispatches.")
    return tn(
        "I keep the words of your dispatches for {count} day.",
        "I keep the words of your dispatches for {count} days.",
        days,
    )


def devices_is(group: Group) -> Text:
    if group.settings.devices is Policy.ALL:
        return t("I work with every device of a member, verified or not.")
    return t("I work only with devices that their owners have verified.")


def newmembers_is(group: Group) -> Text:
    if group.settings.newmembers is NewMembers.HOLD:
        return t("I announce who is new here; what your twins send waits until a steward trusts them.")
    return t("I announce who is new here; what your twins send does not wait for that.")


def quiet_is(group: Group) -> Text:
    if not group.settings.quiet:
        return t("Quiet hours: none; what your twins send rings at any time.")
    return t(
        "Quiet hours: {hours}; what arrives then does not ring, unless urgent.", hours=group.settings.quiet
    )


def urgent_is(group: Group) -> Text:
    if not group.settings.urgent:
        return t("Urgent dispatches, which ring in quiet hours, are sent by stewards.")
    return t(
        "Urgent dispatches, which ring in quiet hours, are sent by stewards and by: {people}.",
        people=Listing(group.settings.urgent),
    )


def approval_is(group: Group) -> Text:
    if group.settings.approval is Approval.ONE:
        return t("A dispatch waits until a second person has approved it.")
    return t("Dispatches go without a second person's approval.")


def quorum_is(group: Group) -> Text:
    return t(
        "In a round of red lines at least {count} per cent of the members have to choose.",
        count=group.settings.quorum,
    )


def counts_is(group: Group) -> Text:
    return t(
        "How many chose what is told from {count} ballots of your group on.", count=group.settings.counts
    )


def bots_is(group: Group) -> Text:
    if not group.settings.bots:
        return t("Every member but me counts as a person in a round of red lines.")
    return t(
        "No people, and so not asked in a round of red lines: {people}.", people=Listing(group.settings.bots)
    )


def approvers_is(group: Group) -> Text:
    if not group.settings.approvers:
        return t("Where dispatches are approved, stewards do it.")
    return t(
        "Where dispatches are approved, stewards do it, and: {people}.",
        people=Listing(group.settings.approvers),
    )


# What the whole room is told when a setting changes that concerns everybody's safety.


def devices_means(group: Group) -> tuple[Text, ...]:
    if group.settings.devices is Policy.ALL:
        return (
            t(
                "The risk: whoever runs a member's homeserver, or knows their password, can add a device "
                "unseen; it reads all that I say here and can speak to me in that member's name."
            ),
            t("It is undone with: {command}", command="!group set devices signed"),
        )
    return (
        t(
            "Who has not verified their device can neither read me nor be heard by me; in Element that is "
            "done under Settings → Sessions."
        ),
    )


def newmembers_means(group: Group) -> tuple[Text, ...]:
    if group.settings.newmembers is NewMembers.HOLD:
        return (t("A steward lets somebody new in with: {command}", command="!trust NAME"),)
    return (t("From the moment they are here, they can read what your twins send."),)


def approval_means(group: Group) -> tuple[Text, ...]:
    if group.settings.approval is Approval.NONE:
        return ()
    return (
        t(
            "Nobody approves their own. Whom you name with {command} may approve, too.",
            command="!group set approvers",
        ),
        t("What is marked urgent by those named with {command} goes at once.", command="!group set urgent"),
    )
