"""Editing a page of settings: typing, choosing, undoing. Pure; `step` decides what follows."""

from __future__ import annotations

from dataclasses import replace

from kiosk.maintenance.state import TEXT_LONGEST, Form, Setting, Then
from kiosk.maintenance.views import FieldKind, TestState


def read_anew(form: Form, settings: tuple[Setting, ...], *, exposed: bool) -> Form:
    """The page with the file's values, which are `exposed` or not; what was changed here and differs from
    them stays changed. Were other changes being looked at, nobody waits for that answer any more."""
    changes = {
        each.name: form.changes[each.name]
        for each in settings
        if each.name in form.changes and form.changes[each.name] != each.value
    }
    read = replace(form, now=settings, changes=changes, exposed=form.exposed if changes else exposed)
    return read if changes == form.changes else replace(read, checking=False, then=Then.NOTHING)


def begin(form: Form, setting: Setting) -> Form:
    """Begin to edit a field; of a choice, take the next one (no field is being edited then)."""
    if setting.kind is FieldKind.CHOICE:
        if not setting.choices:
            return form
        value = form.value(setting)
        at = setting.choices.index(value) if value in setting.choices else -1
        following = setting.choices[(at + 1) % len(setting.choices)]
        return _put(replace(form, editing=None), setting, following)
    if form.editing == setting.name:
        return form
    return replace(form, editing=setting.name, untouched=setting.kind is FieldKind.SECRET, kept=False)


def type_in(form: Form, text: str) -> Form:
    """Characters for the field that is being edited."""
    setting = form.setting(form.editing or "")
    if setting is None:
        return form
    numbers = setting.kind is FieldKind.NUMBER
    kept = "".join(ch for ch in text if ch.isprintable() and (not numbers or ch in "0123456789"))
    if not kept:
        return form
    before = "" if form.untouched else form.value(setting)
    return _put(form, setting, (before + kept)[:TEXT_LONGEST])


def delete(form: Form) -> Form:
    """Take back one character; all of a secret that nobody can see."""
    setting = form.setting(form.editing or "")
    if setting is None:
        return form
    return _put(form, setting, "" if form.untouched else form.value(setting)[:-1])


def undo(form: Form) -> Form:
    """As the file has it."""
    return Form(now=form.now, exposed=form.exposed)


def _put(form: Form, setting: Setting, value: str) -> Form:
    """Any edit takes back the test: it was made with other values."""
    changes = {name: text for name, text in form.changes.items() if name != setting.name}
    if value != setting.value:
        changes[setting.name] = value
    problems = {name: said for name, said in form.problems.items() if name not in {setting.name, ""}}
    return replace(
        form,
        changes=changes,
        problems=problems,
        untouched=False,
        test=None,
        tested=False,
        kept=False,
        problem="",
        then=Then.NOTHING,
    )


def passed(form: Form) -> bool:
    """Whether the last test of these very values has passed, with or without a warning."""
    return form.test is not None and form.test.state in {TestState.PASSED, TestState.WARNED}
