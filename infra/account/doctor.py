"""`make doctor`: what to do before a deployment, and with --after, whether it is well.

It changes nothing, but for one posting if it is given a key. What cannot be looked at is said to be
not checked, never to be right.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from infra.account import afterwards, beforehand, quotas
from infra.account.connection import Account
from infra.account.findings import Check, Finding, Verdict
from infra.environment import ENVIRONMENTS, Environment


def before(account: Account, environment: Environment) -> Iterator[Finding]:
    checks: dict[str, Check] = {
        "credentials": beforehand.credentials,
        "bootstrap": beforehand.bootstrap,
        "concurrency": beforehand.concurrency,
        "code storage": beforehand.code_storage,
        "the gateway's throttle": quotas.of_the_gateway,
        "writes of a table": quotas.of_tables,
        "events on the bus": quotas.of_the_bus,
        "certificate": beforehand.certificate,
        "domain": beforehand.domain,
        "hosted zone": beforehand.hosted_zone,
        "console's certificate": beforehand.console_certificate,
        "console's domain": beforehand.console_domain,
        "console's hosted zone": beforehand.console_hosted_zone,
        "the platform's account": beforehand.platform_account,
        "alarm address": beforehand.alarm_address,
        "byte code": beforehand.byte_code,
    }
    yield from _findings(checks, account, environment)


def after(account: Account, environment: Environment, key: str | None = None) -> Iterator[Finding]:
    """With a postback key, one posting is taken all the way."""
    checks: dict[str, Check] = {
        "stacks": afterwards.stacks,
        "point-in-time recovery": afterwards.recovery,
        "expiry of items": afterwards.expiry,
        "the platform's account": afterwards.bus_policy,
        "alarms": afterwards.alarms,
        "alarm address": afterwards.alarm_address,
        "a posting": partial(afterwards.posting, key),
    }
    yield from _findings(checks, account, environment)


def _findings(
    checks: dict[str, Check], account: Account, environment: Environment
) -> Iterator[Finding]:
    for about, check in checks.items():
        try:
            verdict, told = check(account, environment)
        except (BotoCoreError, ClientError) as error:
            verdict, told = Verdict.NOT_CHECKED, f"AWS did not say ({error})"
        yield Finding(about, verdict, told)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("environment", choices=[*ENVIRONMENTS])
    parser.add_argument("--after", action="store_true", help="look at what is deployed")
    parser.add_argument("--key", help="a postback key, for one posting with --after")
    options = parser.parse_args(arguments)
    environment = ENVIRONMENTS[options.environment]
    account = Account.of_credentials(environment.region)
    looked = (
        after(account, environment, options.key) if options.after else before(account, environment)
    )
    findings = list(looked)
    print(*findings, sep="\n")
    return 1 if any(finding.verdict is Verdict.TO_DO for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
