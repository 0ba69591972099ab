"""``tierscope token``: who may send spans and look at the dashboard from beyond this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._options import JsonOption, StoreOption, store_path
from tierscope.cli._output import errors, print_json, print_table
from tierscope.errors import InputError
from tierscope.instrumentation.access.tokens import Scope
from tierscope.instrumentation.durations import parse_duration

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from tierscope.instrumentation.access import AccessToken, TokenBook

app = typer.Typer(add_completion=False, no_args_is_help=True)

TokenArgument = Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as in 'tierscope token list'.")]


@app.callback()
def _group() -> None:
    """Make and revoke the tokens that servers beyond loopback ask for.

    A token belongs to one store. Only a hash of it is kept, beside the store; running servers notice a change at once.
    """


@app.command(epilog="Example:  tierscope token create collector-eu --scope ingest --expires 30d")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will hold it.")],
    scope: Annotated[
        list[Scope],
        typer.Option("--scope", help="ingest: send spans; read: look at the dashboard; admin: both. Repeatable."),
    ],
    expires: Annotated[
        str, typer.Option("--expires", metavar="TIME", help="How long it holds: 12h, 90d, 52w or never.")
    ] = "90d",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print its secret, which is shown this once."""
    if not name.strip():
        raise InputError("a token needs the name of who will hold it.")
    token, secret = _book(store).create(name, tuple(dict.fromkeys(scope)), _parse_lifetime(expires))
    _print_made(token, secret, as_json=as_json)


@app.command("list", epilog="Example:  tierscope token list --json")
def list_(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List tokens, without their secrets."""
    tokens = _book(store).load_tokens()
    if as_json:
        print_json([_describe(token) for token in tokens])
        return
    now = datetime.now(UTC)
    rows = [
        [
            token.id,
            token.name,
            ", ".join(token.scopes),
            f"{token.created_at:%Y-%m-%d %H:%M}",
            _describe_end(token),
            "valid" if token.is_valid(now) else "expired",
        ]
        for token in tokens
    ]
    print_table(["id", "name", "scopes", "created (UTC)", "expires (UTC)", "state"], rows)


@app.command(epilog="Example:  tierscope token revoke 3f9a1c20")
def revoke(token: TokenArgument, store: StoreOption = None) -> None:
    """Take a token back; servers refuse it from their next request on, and end the sessions opened with it."""
    revoked = _book(store).revoke(token)
    errors.print(f"Revoked {revoked.id} ({revoked.name}).", markup=False)


@app.command(epilog="Example:  tierscope token rotate 3f9a1c20 --grace 1h")
def rotate(
    token: TokenArgument,
    grace: Annotated[
        str, typer.Option("--grace", metavar="TIME", help="How long the old one goes on: 0s, 1h, 7d.")
    ] = "24h",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token like another one, which ends after a while, and print the new secret, which is shown this once."""
    made, secret = _book(store).rotate(token, _parse_duration(grace))
    _print_made(made, secret, as_json=as_json)


def _book(store: Path | None) -> TokenBook:
    from tierscope.instrumentation.access import TokenBook

    return TokenBook.of_store(store_path(store).absolute())


def _print_made(token: AccessToken, secret: str, *, as_json: bool) -> None:
    """The secret alone on standard output, so that a script can take it; what it is good for on standard error."""
    if as_json:
        print_json({**_describe(token), "secret": secret})
        return
    print(secret)
    errors.print(
        f"Token {token.id} for {token.name}: {', '.join(token.scopes)}, until {_describe_end(token)}. "
        "Keep the secret above; it is not shown again.",
        markup=False,
    )


def _describe(token: AccessToken) -> dict[str, object]:
    return token.model_dump(mode="json", exclude={"digest"})


def _describe_end(token: AccessToken) -> str:
    return "never" if token.expires_at is None else f"{token.expires_at:%Y-%m-%d %H:%M}"


def _parse_lifetime(text: str) -> timedelta | None:
    return None if text == "never" else _parse_duration(text)


def _parse_duration(text: str) -> timedelta:
    duration = parse_duration(text)
    if duration is None:
        raise InputError(f"'{text}' is no duration: write a number with a unit, such as 30m, 12h, 90d or 52w.")
    return duration
