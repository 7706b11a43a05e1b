# payments-svc, and the card provider to try things with: docker build --file deploy/payments.Dockerfile --target service .

FROM debian:trixie-slim AS build
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates python3-pip \
 && rm -rf /var/lib/apt/lists/*
COPY payments-svc/requirements.txt /src/
RUN pip install --quiet --no-deps --target /out --requirement /src/requirements.txt
COPY payments-svc/payments /out/payments

FROM debian:trixie-slim AS service
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out /usr/local/lib/payments-svc
COPY deploy/healthy /usr/local/bin/
ENV PYTHONPATH=/usr/local/lib/payments-svc PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["python3", "-m", "payments"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=6 CMD ["/usr/local/bin/healthy"]

FROM debian:trixie-slim AS provider
RUN apt-get -qq update && apt-get -qq install --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
COPY deploy/local/provider /usr/local/lib/provider
USER 10001:10001
ENTRYPOINT ["python3", "/usr/local/lib/provider"]
