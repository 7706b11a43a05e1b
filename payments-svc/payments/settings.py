"""Settings: environment variables, one table. `<NAME>_FILE` reads one from a file."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

SAMPLERS = ("always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off",
            "parentbased_traceidratio")


class SettingsError(Exception):
    """Every wrong setting, a line each."""


@dataclass(frozen=True)
class Setting:
    name: str
    help: str
    default: str | None = None
    least: int | None = None  # a number, if there are bounds
    most: int | None = None
    among: tuple[str, ...] = ()
    secret: bool = False
    path: bool = False  # of a file
    ratio: bool = False  # a number from 0 to 1

    @property
    def member(self) -> str:
        return self.name.lower()


TABLE = (
    Setting("PORT", "HTTP port", "8084", 1, 65535),
    Setting("BIND_ADDRESS", "address to listen on; other than loopback only with API_KEYS_FILE", "127.0.0.1"),
    Setting("HTTP_THREADS", "requests answered at once", "32", 1, 1024),
    Setting("KAFKA_BROKERS", "bootstrap servers, comma-separated", "127.0.0.1:9092"),
    Setting("KAFKA_PARTITIONS", "partitions of every topic; fixed for the life of the cluster", "8", 1, 1024),
    Setting("MONGO_URI", "the database; a replica set", "mongodb://127.0.0.1:27017/?replicaSet=secantus", secret=True),
    Setting("PAYMENTS_DB", "database name; it is this service's own", "payments"),
    Setting("REQUEST_TIMEOUT_MS", "how long a request may wait for db-svc's answer", "5000", 10, 600000),
    Setting("MAX_PENDING", "questions to db-svc that may wait at once; more are answered 503", "4096", 1, 1000000),
    Setting("API_KEYS_FILE", "file of API keys, name:sha256:scope,scope a line", path=True),
    Setting("METRICS_KEY_REQUIRED", "1: with API_KEYS_FILE, /metrics and the documents ask for a key, too", "0", 0, 1),
    Setting("CORS_ORIGINS", "origins whose browsers may call, comma-separated, or *"),
    Setting("DOCS_VIEWER", "Redoc's script, redoc.standalone.js, in which /docs shows the document; unset: plain page",
            path=True),
    Setting("STRIPE_API_KEY", "the card provider's secret key; unset: no card payments", secret=True),
    Setting("STRIPE_WEBHOOK_SECRET", "what the provider signs its webhooks with; unset: none are taken", secret=True),
    Setting("STRIPE_API_BASE", "where the provider's API is", "https://api.stripe.com"),
    Setting("STRIPE_PAYMENT_METHODS", "payment methods offered, comma-separated; only such as pay at once", "card"),
    Setting("PROVIDER_TIMEOUT_MS", "how long one call of the provider may take", "20000", 100, 50000),
    Setting("CHECKOUT_RETURN_HOSTS", "hosts that buyers may be sent back to, comma-separated", "localhost,127.0.0.1"),
    Setting("CHECKOUT_RETURN_URL", "where buyers come back to if a checkout does not say; unset: a page of this "
            "service's"),
    Setting("CHECKOUT_ITEM_NAME", "what the provider's page calls what is paid for", "Tickets"),
    Setting("TRANSFER_ACCOUNT", "what payers by bank transfer are told, such as the IBAN; unset: no transfers"),
    Setting("TRANSFER_HOLD_SECONDS", "a hold is extended, once, so that a transfer has so long", "432000", 60, 604800),
    Setting("REFUNDS", "auto: what is due is refunded; manual: each refund waits for approval", "auto",
            among=("auto", "manual")),
    Setting("REFUNDS_PER_MINUTE", "refunds that an instance asks the provider for at most", "600", 1, 1000000),
    Setting("OTEL_EXPORTER_OTLP_ENDPOINT", "collector of traces, OTLP over HTTP such as http://localhost:4318; unset: "
            "none are sent"),
    Setting("OTEL_TRACES_SAMPLER", "always_on, always_off, traceidratio, or one of these with parentbased_ before it",
            "parentbased_traceidratio", among=SAMPLERS),
    Setting("OTEL_TRACES_SAMPLER_ARG", "part of the traces that a ratio samples, from 0 to 1", "0.01", ratio=True),
    Setting("OTEL_SERVICE_NAME", "what the service is called in traces; unset: its own name"),
    Setting("LOG_LEVEL", "error, warning, info or debug", "info", among=("error", "warning", "info", "debug")),
)

KAFKA_PREFIX = "KAFKA_CONF_"


@dataclass(frozen=True)
class Settings:
    port: int
    bind_address: str
    http_threads: int
    kafka_brokers: str
    kafka_partitions: int
    mongo_uri: str
    payments_db: str
    request_timeout_ms: int
    max_pending: int
    api_keys_file: str | None
    metrics_key_required: int
    cors_origins: str | None
    docs_viewer: str | None
    stripe_api_key: str | None
    stripe_webhook_secret: str | None
    stripe_api_base: str
    stripe_payment_methods: str
    provider_timeout_ms: int
    checkout_return_hosts: str
    checkout_return_url: str | None
    checkout_item_name: str
    transfer_account: str | None
    transfer_hold_seconds: int
    refunds: str
    refunds_per_minute: int
    otel_exporter_otlp_endpoint: str | None
    otel_traces_sampler: str
    otel_traces_sampler_arg: float
    otel_service_name: str | None
    log_level: str
    kafka_conf: dict[str, str]

    @property
    def origins(self) -> frozenset[str]:
        """As browsers send them; * is any."""
        return frozenset(origin.removesuffix("/") for origin in _listed(self.cors_origins))


def load(environment: Mapping[str, str]) -> Settings:
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in TABLE:
        try:
            values[setting.member] = _value(setting, environment)
        except ValueError as fault:
            faults.append(str(fault))
    try:
        values["kafka_conf"] = _kafka_conf(environment)
    except ValueError as fault:
        faults.append(str(fault))
    faults += _without_sense(values)
    if not faults and not values["api_keys_file"] and not _is_loopback(values["bind_address"]):
        faults.append(f"BIND_ADDRESS: {values['bind_address']} is reached by others: set API_KEYS_FILE")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**values)


def help_text() -> str:
    lines = ["Settings, as environment variables (<NAME>_FILE reads one from a file; a file's name alone is looked "
             "for in $CREDENTIALS_DIRECTORY):"]
    for setting in TABLE:
        default = f" [{setting.default}]" if setting.default is not None else ""
        lines.append(f"  {setting.name:<26} {setting.help}{default}")
    lines.append(f"  {KAFKA_PREFIX + '<PROPERTY>':<26} any librdkafka property, e.g. {KAFKA_PREFIX}SASL_PASSWORD")
    return "\n".join(lines) + "\n"


def print_text(settings: Settings) -> str:
    """Secrets are masked."""
    lines = []
    for setting in TABLE:
        value = getattr(settings, setting.member)
        shown = "" if value is None else "***" if setting.secret else value
        lines.append(f"{setting.name}={shown}")
    lines += [f"{name}=***" for name in settings.kafka_conf]
    return "\n".join(lines) + "\n"


def secrets_of(settings: Settings) -> list[str]:
    """What must not stand in any log."""
    named = {setting.member for setting in TABLE if setting.secret}
    return [value for one in fields(settings) if one.name in named and (value := getattr(settings, one.name))]


_ORIGIN = re.compile(r"\*|[^:/?#@\s]+://[^/?#@\s]+/?")
_DATABASE = re.compile(r"""[^\s/\\."$*<>:|?]{1,63}""", re.ASCII)


def _listed(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _without_sense(values: dict[str, Any]) -> list[str]:
    """Texts that nothing can be done with."""
    faults = []
    if not all(_ORIGIN.fullmatch(origin) for origin in _listed(values.get("cors_origins"))):
        faults.append(f'CORS_ORIGINS: "{values["cors_origins"]}" is neither * nor a list of origins such as '
                      "https://shop.example")
    if "payments_db" in values and not _DATABASE.fullmatch(values["payments_db"]):
        faults.append("PAYMENTS_DB: no name of a database: 1 to 63 bytes, without blanks or any of "
                      '/ \\ . " $ * < > : | ?')
    return faults


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _path(environment: Mapping[str, str], path: str) -> str:
    """A name alone is that of a file that the service manager has put there for us."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    return f"{folder}/{path}" if folder and path and "/" not in path else path


def _text(environment: Mapping[str, str], name: str) -> str | None:
    named = environment.get(f"{name}_FILE")
    if named is None:
        return environment.get(name)
    path = _path(environment, named)
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(64 * 1024).rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{name}_FILE: cannot read {path}: {os.strerror(error.errno or 0)}") from None


def _ratio(name: str, text: str) -> float:
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise ValueError(f'{name}: "{text}" is no number from 0 to 1')
    return ratio


def _value(setting: Setting, environment: Mapping[str, str]) -> str | int | float | None:
    text = _text(environment, setting.name) or setting.default
    if text is None:
        return None
    if setting.path:
        return _path(environment, text)
    if setting.ratio:
        return _ratio(setting.name, text)
    if setting.among and text not in setting.among:
        raise ValueError(f'{setting.name}: "{text}" is none of {", ".join(setting.among)}')
    if setting.least is None or setting.most is None:
        return text
    if not text.lstrip("-").isdigit() or not setting.least <= int(text) <= setting.most:
        raise ValueError(f'{setting.name}: "{text}" is not a whole number from {setting.least} to {setting.most}')
    return int(text)


def _kafka_conf(environment: Mapping[str, str]) -> dict[str, str]:
    conf = {}
    for variable in environment:
        if not variable.startswith(KAFKA_PREFIX):
            continue
        name = variable.removesuffix("_FILE")
        conf[name.removeprefix(KAFKA_PREFIX).replace("_", ".").lower()] = _text(environment, name) or ""
    return conf
