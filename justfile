# The recipes of telamon; `just` alone lists them.

_default:
    @just --list

# A server to try out.
dev *ARGS:
    cargo run --release -p telamon -- dev {{ARGS}}

# Every test that needs Rust alone, and those on PostgreSQL where one can be had.
test *ARGS:
    cargo test --workspace {{ARGS}}

# Formatting, lints, licences and advisories.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check

# The files that are written from the declarations.
generate:
    cargo run -q -p telamon -- openapi > docs/openapi/v2.json
    cargo run -q -p telamon -- config --markdown > docs/config.md
    TELAMON_BLESS=1 cargo test -q -p telamon-server --test api matrix::every_operation_admits_who_it_says::sqlite

# The official clients against a running server.
clients *ARGS:
    tests/clients/run {{ARGS}}

# The OpenAPI document, read by a validator, importers and generators, and the server, fuzzed by it.
openapi *ARGS:
    tests/openapi/run {{ARGS}}

# The figures of the budget, side by side with what the machine could do.
bench *ARGS:
    cargo run --release -p telamon-bench -- {{ARGS}}

# A fuzz target for a while: `just fuzz digest_header 120`.
fuzz TARGET SECONDS="60":
    mkdir -p fuzz/corpus/{{TARGET}}
    cargo +nightly fuzz run {{TARGET}} fuzz/corpus/{{TARGET}} fuzz/seeds/{{TARGET}} -- -max_total_time={{SECONDS}}
