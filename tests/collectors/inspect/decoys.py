"""Columns in which there is nothing personal, though some look like it."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from tests.collectors.inspect.numbers import Fakes, Numbers

Make = Callable[[], str]
Decoy = tuple[str, tuple[str, ...], Make]


def decoys(dice: random.Random, fakes: Fakes, numbers: Numbers) -> list[Decoy]:
    """A name that tells nothing, names that tell what it is, and what makes the values."""
    us, de = fakes["en_US"], fakes["de_DE"]
    like = numbers.like

    def ean() -> str:
        from stdnum import ean as scheme

        body = like("%###########")
        return body + str(scheme.calc_check_digit(body))

    def moment(form: str) -> str:
        return (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(180_000_000))).strftime(
            form
        )

    def told(names: str, maker: Make) -> Decoy:
        return "", tuple(names.split(", ")), maker

    def untold(maker: Make) -> Decoy:
        return "", ("col_3", "field_8", "f1", "value", "x7", "attr"), maker

    return [
        told(
            "order_number, order_id, OrderNo, bestellnummer, numero_pedido", partial(like, "################")
        ),
        told("order_ref, order", partial(numbers.luhn, "7##############")),
        told("invoice, invoice_no, rechnungsnummer", partial(like, "INV-#########")),
        told("id, row_id, pk, record_id", partial(like, "%########")),
        told("customer_id, user_id, account_id", partial(like, "%######")),
        told("product_id, item_id", partial(like, "##########")),
        told("uuid, guid, session_id, request_id", us.uuid4),
        told("sha256, hash, checksum, digest", us.sha256),
        told("md5, etag", us.md5),
        told("created_at, updated_at, timestamp, zeitstempel", partial(moment, "%Y-%m-%dT%H:%M:%SZ")),
        told("order_date, ship_date, datum, fecha, invoice_date, due_date", partial(moment, "%Y-%m-%d")),
        told("hire_date, start_date, event_date, expires", partial(moment, "%d/%m/%Y")),
        told("epoch_ms, ts, time_ms", lambda: str(dice.randrange(1_600_000_000_000, 1_800_000_000_000))),
        told("epoch, unix_time, ts", lambda: str(dice.randrange(1_600_000_000, 1_800_000_000))),
        told("price, amount, total, betrag, importe", lambda: f"{dice.random() * 1000:.2f}"),
        told("embedding_0, feature_3, pca_1, weight", lambda: f"{dice.random() * 2 - 1:.8f}"),
        told("sku, part_number, article", partial(like, "??-########")),
        told(
            "version, app_version, firmware",
            lambda: f"{dice.randint(0, 9)}.{dice.randint(0, 30)}.{dice.randint(0, 30)}",
        ),
        told(
            "build, release, driver_version, file version",
            lambda: f"{dice.randint(1, 9)}.{dice.randint(0, 30)}.{dice.randint(0, 99)}.{dice.randint(0, 99)}",
        ),
        told("status, state, stage", lambda: dice.choice(["new", "open", "closed", "pending"])),
        told("tracking, tracking_number, awb", partial(like, "1Z***#########***#")),
        told("tracking_no, parcel", partial(like, "94##################")),
        told("isbn, isbn13", us.isbn13),
        told("isbn10, isbn", partial(us.isbn10, separator="")),
        told("ean, barcode, gtin, upc", ean),
        told("color, colour, farbe", us.color_name),
        told("sentence, description, review, text", us.sentence),
        told("product, product_name, title, item", us.catch_phrase),
        told("company, company_name, firma, employer, vendor", us.company),
        told("job, job_title, position, beruf", us.job),
        told("country, land, pais, nationality_code", us.country_code),
        told("city_name, store_city, hub", us.city),
        told("percent, score, rank, rating", lambda: str(dice.randint(0, 100))),
        told("batch, lot, batch_no", partial(like, "LOT####")),
        told("url, link, website, homepage", us.url),
        told("domain, hostname, host", us.domain_name),
        told("filename, file, path", us.file_name),
        told("commit, git_sha, revision", us.sha1),
        told("currency, waehrung", us.currency_code),
        told("language, locale, lang", us.language_code),
        told("quantity, qty, stock, menge", lambda: str(dice.randint(1, 5000))),
        told("user_agent, browser", us.user_agent),
        told("trace_id, span_id", lambda: dice.randbytes(16).hex()),
        told("flight, flight_no", partial(like, "??####")),
        told("room, gate, seat", partial(like, "?##")),
        told("http_status, status_code, code", lambda: dice.choice(["200", "404", "500", "301"])),
        told("temperature, humidity, voltage, sensor_1", lambda: f"{dice.uniform(-20, 120):.3f}"),
        told("duration_ms, latency, elapsed", lambda: str(dice.randint(1, 99_999))),
        told("isin, security_id", partial(numbers.of, "isin", "US##########")),
        told("ein, employer_id, company_tax_no", partial(like, "##-#######")),
        told("vat_number, ust_id, vat", partial(numbers.of, "de.vat", "%########")),
        told("gene, gene_symbol", lambda: dice.choice(["BRCA1", "TP53", "EGFR", "KRAS"])[:0] or like("???#")),
        told("ticket, issue_key, case_ref", lambda: f"{like('???')}-{dice.randint(1, 9999)}"),
        told("hash_id, short_id, slug", lambda: us.slug()),
        told(
            "category, department, team, abteilung",
            lambda: dice.choice(["Sales", "IT", "Legal", "Support", "Ops"]),
        ),
        told("is_active, enabled, flag", lambda: dice.choice(["true", "false"])),
        told("response_race, race_condition_count, race_time", lambda: f"{dice.uniform(9, 300):.2f}"),
        told("weight_kg, height_cm, size", lambda: f"{dice.uniform(1, 200):.1f}"),
        told(
            "page_orientation, orientation_deg, screen_orientation",
            lambda: dice.choice(["portrait", "landscape"]),
        ),
        told("capital, cap_rate, cap_table", lambda: str(dice.randint(10_000, 99_999))),
        told("model, device_model, engine", lambda: dice.choice(["X100", "Z9", "Alpha 7", "GT-R"])),
        told(
            "phone_model, phone_os, phone_brand", lambda: dice.choice(["Pixel 9", "iPhone 15", "Galaxy S24"])
        ),
        told("email_sent, email_count, email_status", lambda: dice.choice(["yes", "no"])),
        told("address_type, address_id, address_count", lambda: str(dice.randint(1, 999))),
        told("ip_count, ip_version, host_count", lambda: str(dice.randint(1, 64))),
        told("card_type, card_brand, payment_method", lambda: dice.choice(["visa", "mastercard", "amex"])),
        told("password_changed_at, password_expires", partial(moment, "%Y-%m-%d %H:%M:%S")),
        told("patient_count, diagnosis_count, patients", lambda: str(dice.randint(0, 99))),
        told("gender_ratio, sex_ratio", lambda: f"{dice.random():.3f}"),
        told("name_hash, email_hash, phone_hash, ssn_hash", us.sha256),
        told(
            "product_category_name, table_name, column_name, file_name, event_name",
            lambda: "_".join(us.words(2)),
        ),
        untold(partial(like, "################")),
        untold(partial(like, "###########")),
        untold(partial(like, "#########")),
        untold(partial(like, "##########")),
        untold(partial(like, "#############")),
        untold(partial(like, "############")),
        untold(partial(like, "###############")),
        untold(partial(like, "%##############")),
        untold(partial(like, "########")),
        untold(ean),
        untold(us.uuid4),
        untold(us.sha1),
        untold(partial(moment, "%Y-%m-%d")),
        untold(partial(moment, "%Y%m%d%H%M")),
        untold(partial(moment, "%y%m%d%H%M%S")),
        untold(lambda: str(dice.randrange(1_600_000_000, 1_800_000_000))),
        untold(
            lambda: f"{dice.randint(1, 9)}.{dice.randint(0, 30)}.{dice.randint(0, 99)}.{dice.randint(0, 99)}"
        ),
        untold(us.word),
        untold(de.sentence),
        untold(us.company),
        untold(us.city),
        untold(us.country),
        untold(partial(like, "????????")),
        untold(partial(like, "********")),
        untold(partial(like, "?#######?")),
        untold(partial(like, "?########")),
        untold(partial(like, "##-####-###")),
        untold(lambda: f"{dice.uniform(-90, 90):.6f}"),
        untold(lambda: str(dice.randint(0, 100))),
        untold(lambda: us.bothify("??##??##").lower()),
        untold(lambda: f"{us.catch_phrase()} {dice.randint(1, 99)}"),
        untold(us.hex_color),
        untold(lambda: us.isbn13()),
        untold(partial(like, "###-##-#####")),
        untold(partial(like, "??########")),
    ]
