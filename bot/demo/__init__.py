"""The demonstration: a private homeserver, people with real encrypted clients, and the bot between them.

The tests use the same people. Nothing here is needed to run the bot.
"""
