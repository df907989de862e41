"""Make-believe meetings, as RealtimeKit would summarise them. Nobody here exists."""

from __future__ import annotations

WEEKLY_PLANNING_TITLE = "Weekly planning: mobile team"

WEEKLY_PLANNING = """\
## Summary

The mobile team will ship version 4.2 on **Thursday, 26 November**, one day later than planned, \
because two crash reports from the beta are still open. Offline mode moves to 4.3.

### Decisions

1. Release 4.2 goes out Thursday at 10:00, behind a staged rollout of 5 %, 25 % and 100 %.
2. Offline mode is postponed to 4.3; the flag stays off.
3. The old onboarding is removed in January.

### Action items

- @alice: reproduce the crash in the photo picker
  - device list is in [the tracker](https://tracker.example.com/issues/4211)
  - needs the logs from *both* beta groups
- @bob: write the release notes and have them translated by Wednesday
- @chen: switch the rollout script to the new dashboard (`rollout --percent 5`)

### Open questions

> Do we still support Android 9? Support has three customers on it.

| Version | Users | Crash-free |
| --- | --- | --- |
| 4.1.0 | 61 % | 99.4 % |
| 4.1.1 | 36 % | 99.7 % |
| 4.2 beta | 3 % | 98.1 % |
"""

DESIGN_REVIEW_TITLE = "Design review: offline mode"
DESIGN_REVIEW = """## Summary

The team reviewed the sketches for offline mode. Edits made offline are kept on the device \
and sent once it is back online.

## Decisions

- A conflict shows both versions; nothing is overwritten silently.
- The badge for offline edits stays until they have arrived.

## Action items

- **Lena**: prototype the conflict view by Thursday
- **Omar**: measure how long a full sync takes on a slow line
"""

RETROSPECTIVE_TITLE = "Sprint retrospective"

RETROSPECTIVE = """\
## What went well

- Reviews took less than a day
- The new test devices arrived

## What to change

- Stand-ups run over: whoever speaks last keeps the time
"""


def a_long_summary(words: int) -> str:
    """A summary of about that many words, with headings, lists and paragraphs."""
    sentence = (
        "The team went through the open points one by one and agreed who would look into each "
        "before the next meeting on Thursday."
    )
    per_sentence = len(sentence.split())
    chapters: list[str] = []
    written = 0
    while written < words:
        number = len(chapters) + 1
        body = " ".join([sentence] * 8)
        items = "\n".join(f"- point {number}.{item}: {sentence}" for item in range(1, 5))
        chapters.append(f"## Topic {number}\n\n{body}\n\n{items}")
        written += per_sentence * 12 + 2
    return "\n\n".join(chapters)
