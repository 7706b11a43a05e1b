# payments-svc, and the card provider to try things with: docker build --file deploy/payments.Dockerfile --target service .

FROM debian:trixie-slim AS build
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*
COPY payments-svc/requirements.txt /src/
RUN pip install --quiet --no-deps --target /out --requirement /src/requirements.txt
COPY payments-svc/payments /out/payments

# What /docs shows the document in.
FROM debian:trixie-slim AS viewer
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates npm && rm -rf /var/lib/apt/lists/*
COPY deploy/local/viewer /src/viewer
RUN PARTS_DIR=/out /src/viewer && [ -s /out/viewer/redoc.standalone.js ]

FROM debian:trixie-slim AS service
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out /usr/local/lib/payments-svc
COPY --from=viewer /out/viewer /usr/local/share/viewer
COPY deploy/healthy /usr/local/bin/
ENV PYTHONPATH=/usr/local/lib/payments-svc PYTHONDONTWRITEBYTECODE=1 \
    DOCS_VIEWER=/usr/local/share/viewer/redoc.standalone.js
USER 10001:10001
ENTRYPOINT ["python3", "-m", "payments"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=6 CMD ["/usr/local/bin/healthy"]

FROM debian:trixie-slim AS provider
RUN apt-get -qq update && apt-get -qq install --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
COPY deploy/local/provider /usr/local/lib/provider
USER 10001:10001
ENTRYPOINT ["python3", "/usr/local/lib/provider"]
