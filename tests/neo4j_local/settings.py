"""The settings of Neo4j that matter to us, once: `docker-compose.yml` must name the same."""

from typing import Final

VERSION: Final = "5.26.30"

SETTINGS: Final[dict[str, str]] = {
    # no queries that read files or send requests, whoever writes them
    "dbms.security.allow_csv_import_from_file_urls": "false",
    "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
    # a query's time limit is looked at this often
    "db.transaction.monitor.check.interval": "200ms",
    # a query that needs more than this is stopped; a load in one transaction needs less
    "db.memory.transaction.max": "512m",
    # logs of a large load would be kept for two days otherwise
    "db.tx_log.rotation.retention_policy": "512M size",
    "dbms.usage_report.enabled": "false",
    # Bolt is all we speak
    "server.http.enabled": "false",
    "server.https.enabled": "false",
    "server.memory.heap.initial_size": "1g",
    "server.memory.heap.max_size": "1g",
    "server.memory.pagecache.size": "512m",
}
