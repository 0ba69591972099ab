"""``tierscope token``: made once, listed without its secret, taken back."""

import json
import re

from tests.cli.conftest import Command


def test_secret_alone_is_printed_so_that_a_script_can_take_it(tierscope: Command) -> None:
    made = tierscope("token", "create", "collector-eu", "--scope", "ingest", "--expires", "30d")
    assert made.returncode == 0
    assert re.fullmatch(r"tierscope_[0-9a-f]{8}_[0-9a-f]{64}\n", made.stdout)
    assert f"Token {made.stdout.split('_')[1]} for collector-eu: ingest, until " in made.stderr
    assert made.stdout.strip() not in made.stderr


def test_list_shows_everything_but_the_secret(tierscope: Command) -> None:
    secret = tierscope(
        "token", "create", "ci", "--scope", "ingest", "--scope", "read", "--expires", "never"
    ).stdout.strip()
    (listed,) = json.loads(tierscope("token", "list", "--json").stdout)
    assert listed.pop("created_at").endswith("Z")
    identifier = secret.split("_")[1]
    assert listed == {"id": identifier, "name": "ci", "scopes": ["ingest", "read"], "expires_at": None}
    table = tierscope("token", "list").stdout
    assert re.search(rf"{identifier} +ci +ingest, read +[-0-9]+ [0-9:]+ +never +valid", table)
    assert secret.rpartition("_")[2] not in table


def test_json_holds_the_secret_of_a_new_token(tierscope: Command) -> None:
    made = json.loads(tierscope("token", "create", "ci", "--scope", "admin", "--json").stdout)
    assert made["secret"].startswith(f"tierscope_{made['id']}_")


def test_revoked_token_is_gone(tierscope: Command) -> None:
    made = json.loads(tierscope("token", "create", "ci", "--scope", "read", "--json").stdout)
    assert tierscope("token", "revoke", made["id"]).stderr == f"Revoked {made['id']} (ci).\n"
    assert json.loads(tierscope("token", "list", "--json").stdout) == []
    again = tierscope("token", "revoke", made["id"])
    assert (again.returncode, again.stderr) == (
        2,
        f"tierscope: there is no token '{made['id']}': see  tierscope token list  for their ids.\n",
    )


def test_rotation_prints_a_new_secret_and_lets_the_old_one_end(tierscope: Command) -> None:
    old = json.loads(tierscope("token", "create", "ci", "--scope", "read", "--expires", "never", "--json").stdout)
    new = json.loads(tierscope("token", "rotate", old["id"], "--grace", "0s", "--json").stdout)
    assert (new["name"], new["scopes"], new["expires_at"]) == ("ci", ["read"], None)
    assert re.search(rf"{old['id']} .* expired", tierscope("token", "list").stdout)


def test_secret_in_the_place_of_an_id_is_not_repeated(tierscope: Command) -> None:
    secret = tierscope("token", "create", "ci", "--scope", "read").stdout.strip()
    refused = tierscope("token", "revoke", secret)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "tierscope: there is no token 'tierscop': see  tierscope token list  for their ids.\n"


def test_what_is_no_duration_is_one_line(tierscope: Command) -> None:
    refused = tierscope("token", "create", "ci", "--scope", "read", "--expires", "soon")
    assert (refused.returncode, refused.stderr) == (
        2,
        "tierscope: 'soon' is no duration: write a number with a unit, such as 30m, 12h, 90d or 52w.\n",
    )


def test_token_without_a_holder_is_refused(tierscope: Command) -> None:
    refused = tierscope("token", "create", " ", "--scope", "read")
    assert (refused.returncode, refused.stderr) == (2, "tierscope: a token needs the name of who will hold it.\n")
