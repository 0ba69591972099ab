"""``tierscope alerts``: what was found, who was told, and whether telling works."""

from __future__ import annotations

from typing import Annotated

import typer

from tierscope.cli._options import JsonOption, StoreOption, find_store, open_store
from tierscope.cli._output import print_json, print_table

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at the alerts that go out, send what waits, and try the channels."""


@app.command("list", epilog="Example:  tierscope alerts list --json")
def list_alerts(
    store: StoreOption = None,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help="Only the N newest.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the alerts that were found, and how telling each channel went."""
    import orjson

    from tierscope.instrumentation.alert_ledger import AlertLedger

    listed = AlertLedger(find_store(store)).list_alerts(last)
    if as_json:
        print_json(
            [
                {
                    **orjson.loads(one.payload),
                    "channel": one.channel,
                    "state": one.state,
                    "attempts": one.attempts,
                    "problem": one.problem,
                }
                for one in listed
            ]
        )
        return
    rows: list[list[str | None]] = []
    for one in listed:
        notice = orjson.loads(one.payload)
        run = notice["run"]["label"] or notice["run"]["id"]
        rows.append([notice["found_at"][:19], run, notice["kind"], one.state, one.channel, one.problem, notice["text"]])
    print_table(["found", "run", "alert", "state", "channel", "problem", "text"], rows)


@app.command(epilog="Example:  tierscope alerts send --store runs.duckdb")
def send(store: StoreOption = None) -> None:
    """Look at the runs that have ended since the last time, and send what is due, once; for cron instead of a server.

    The first time in a store, the runs that are there already are counted as looked at.
    """
    from tierscope.instrumentation.alert_ledger import AlertLedger
    from tierscope.instrumentation.settings import load_settings
    from tierscope.metrics.alerting import Dispatcher, open_channels
    from tierscope.metrics.alerting.rules import check_alert_settings

    settings = load_settings().settings.alerts
    check_alert_settings(settings)
    opened = open_store(store)
    if not opened.exists:
        typer.echo(f"tierscope: nothing was recorded at {opened.path} yet.", err=True)
    AlertLedger(opened).begin()
    dispatcher = Dispatcher(opened, settings, open_channels(settings))
    typer.echo(f"Alerts that arrived: {dispatcher.run_through()}")


@app.command(epilog="Example:  tierscope alerts test")
def test() -> None:
    """Send a sample to every channel of the settings, and say what happened; exit code 1 where one failed."""
    from tierscope.errors import SettingsError
    from tierscope.instrumentation.settings import load_settings
    from tierscope.metrics.alerting import DeliveryError, open_channels
    from tierscope.metrics.alerting.notice import make_sample
    from tierscope.metrics.alerting.rules import check_alert_settings

    settings = load_settings().settings.alerts
    check_alert_settings(settings)
    if not settings.has_channel:
        raise SettingsError("no channel is set: name webhooks, a command or a meter under [alerts] in tierscope.toml.")
    sample = make_sample()
    failed = False
    for channel in open_channels(settings):
        try:
            channel.send(sample.id, sample.to_json())
        except DeliveryError as error:
            failed = True
            typer.echo(f"{channel.name}: {error}")
        else:
            typer.echo(f"{channel.name}: arrived")
    if failed:
        raise typer.Exit(1)
