/** What `.env.example` says of each variable. `{range}` is the range that platform/config/ keeps to; line ends do not count. */

export type Section = {
  /** Its title, and what holds for all of it. */
  readonly about?: string
  readonly rows: Readonly<Record<string, string>>
}

export const sections: readonly Section[] = [
  {
    rows: {
      NODE_ENV: `production, development or test. In production nothing is generated and nothing falls back to the
        sandbox; what is missing is listed, all at once. Required then: API_KEY, LOOKUP_KEY, ENCRYPTION_KEYS, TOKEN_KEYS,
        PUBLIC_URL, TEMPORAL_ADDRESS (or a profile), EIGHTXEIGHT_API_KEY, EIGHTXEIGHT_SUBACCOUNT_ID, ALLOWED_COUNTRIES; with
        APPS_FILE neither API_KEY nor ALLOWED_COUNTRIES, which stand in the file. The API then listens on every address, otherwise on 127.0.0.1 only.`,
      LOG_LEVEL: 'debug, info, warn or error.',
    },
  },
  {
    about: 'HTTP',
    rows: {
      PORT: "The API's port, {range}.",
      DEMO_PORT: "The demo's port, {range}; npm start runs it, but not in production and not with APPS_FILE.",
      SANDBOX_PORT: "The 8x8 sandbox's port, {range}.",
      PUBLIC_URL: `Where the API is reached from outside, an http or https URL without credentials, query and fragment; https in
        production.
        Default: http://127.0.0.1:{PORT}`,
    },
  },
  {
    about: 'Temporal',
    rows: {
      TEMPORAL_ADDRESS: `host:port of a Temporal server; npm start then starts none. Default: 127.0.0.1:7233, started by npm start.`,
      TEMPORAL_API_KEY: 'Of Temporal Cloud, visible ASCII without spaces; it turns TLS on.',
      TEMPORAL_TLS: `true or 1, false or 0. Default: on if there is an API key or a certificate. The TEMPORAL_TLS_ variables
        work as @temporalio/envconfig reads them.`,
      TEMPORAL_NAMESPACE: 'The namespace. In production it must keep closed workflows for 30 days or more.',
      TEMPORAL_PROFILE:
        'A profile of @temporalio/envconfig. Its files are read only when this or the next variable is set.',
      TEMPORAL_CONFIG_FILE: 'The file in which that profile is looked up.',
      TEMPORAL_DEV_PORT: 'npm start only: the port of the Temporal server that it starts, {range}.',
      TEMPORAL_DEV_UI_PORT: "The port of that server's UI, {range}.",
      TEMPORAL_UI_URL: `Where engineers open the Temporal UI, an http or https URL without credentials: npm run login links to it, and the
        codec server answers its pages only. Default: http://127.0.0.1:{TEMPORAL_DEV_UI_PORT}; in production the codec server
        requires it, with https.`,
    },
  },
  {
    about: `Metrics, for Prometheus (docs/metrics.md). Each process listens for itself, never on the public port; without a
      port it does not. Whoever reaches the address reads them.`,
    rows: {
      METRICS_PORT: "The API's port for them, {range}.",
      WORKER_METRICS_PORT: "The worker's, {range}.",
      METRICS_HOST: 'The IP address that both listen on.',
    },
  },
  {
    about: 'Worker',
    rows: {
      WORKER_VERSIONING: `on or off. With on a worker takes logins of its own version only, and none before that version is promoted; see
        docs/shipping-workflow-changes.md. Default: on in production, otherwise off.`,
      WORKER_BUILD_ID:
        "The version's build id, 1 to 64 of A-Z a-z 0-9 . _ + -. Default: the version in package.json.",
      WORKFLOW_BUNDLE: `The file of the workflow code that npm run build has made; a worker starts some seconds sooner with it. It
        must be of the very code that the worker has. Default: the worker bundles the code when it starts.`,
    },
  },
  {
    about:
      'Traces, for OpenTelemetry (docs/traces.md). Off unless one of the first two is set, in the API and in the worker.',
    rows: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `Where a collector takes OTLP over HTTP, an http or https URL without credentials; spans go to
        {this}/v1/traces.`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'Instead of it, the whole URL that spans are posted to.',
      OTEL_SERVICE_NAME: 'The name that spans have. Default: postern-api and postern-worker.',
    },
  },
  {
    about: `Codec server: decodes histories for the Temporal UI and CLI. It reads these, ENCRYPTION_KEYS, TEMPORAL_UI_URL,
      TEMPORAL_DEV_UI_PORT, TEMPORAL_NAMESPACE, NODE_ENV and LOG_LEVEL, and nothing else. In production it requires
      ENCRYPTION_KEYS, TEMPORAL_UI_URL, TEMPORAL_NAMESPACE (also beside a profile, which it does not read), and
      CODEC_TOKEN or the three CODEC_OIDC variables.`,
    rows: {
      CODEC_PORT: 'Its port, {range}.',
      CODEC_HOST: 'The IP address that it listens on.',
      CODEC_TOKEN:
        'A bearer token for the Temporal CLI, at least 22 characters from a random source: openssl rand -base64 24',
      CODEC_OIDC_JWKS_URL:
        'The keys of the identity provider whose access tokens the Temporal UI passes on; https in production.',
      CODEC_OIDC_ISSUER: 'The issuer (iss) of these tokens.',
      CODEC_OIDC_AUDIENCE: 'Their audience (aud).',
    },
  },
  {
    about: '8x8',
    rows: {
      EIGHTXEIGHT_REGION:
        'apac, us, eu or id. Setting it turns the sandbox off, for apac too. Default in production: apac.',
      EIGHTXEIGHT_API_KEY:
        'The bearer key of the 8x8 account, visible ASCII without spaces. The sandbox accepts the one that is set here, and otherwise its own.',
      EIGHTXEIGHT_SUBACCOUNT_ID: `3 to 50 of A-Z a-z 0-9 - . _ & (quote it in a shell). Give it to this service alone: 8x8 keeps one session for a
        number and sub-account. Another value makes other workflow ids, and so forgets every number. With APPS_FILE it is the
        sub-account of the apps that name none.`,
      EIGHTXEIGHT_API_VERSION: `v1 is the API of 8x8's article "What is 2FA", v2 is today's.`,
      EIGHTXEIGHT_BASE_URL: `An http or https URL without credentials, query and fragment instead of the region's, for a stand-in of 8x8; https in production.
        Setting it turns the sandbox off.`,
    },
  },
  {
    about: 'Apps',
    rows: {
      APPS_FILE: `A JSON file with several apps, in the place of the single one that the variables here describe (docs/apps.md). It is
        read again when it changes. Not with API_KEY, BRAND, ALLOWED_COUNTRIES, ALLOWED_ORIGINS, ASSERTION_AUDIENCE,
        ASSERT_PHONE, SMS_DOMAIN, WEBHOOK_URL, WEBHOOK_SECRET and WEBHOOK_EVENTS; the other settings of logins and webhooks are
        then the defaults of the apps.`,
      ALLOWED_ORIGINS: `Origins of the pages that may call with a login's token, as browsers write them, with commas between:
        https://shop.example. https in production. Default: none.`,
      ASSERTION_AUDIENCE:
        "The audience (aud) of assertions, 1 to 200 characters. Default: the app's name, which is default.",
      ASSERT_PHONE: 'on or off: whether an assertion carries the full number.',
      SMS_DOMAIN:
        'The last line of an SMS then binds its code to this domain (@shop.example #123456), where 8x8 lets us write it.',
    },
  },
  {
    about: 'Limits',
    rows: {
      SENDS_PER_DAY: 'Messages in a day for an app, {range}.',
      SENDS_PER_DAY_COUNTRY: 'Messages in a day to one country, of all apps together, {range}.',
      SENDS_PER_DAY_OVERALL: 'Messages in a day for all apps together, {range}.',
      VALKEY_URL: `A redis or rediss URL of a Valkey or Redis in which several API processes count together; user and password are
        percent-encoded in it. Default: each counts in its own memory.`,
      BLOCKS_FILE: 'The file of what is blocked (npm run block). Default: nothing is.',
    },
  },
  {
    about: 'Logins',
    rows: {
      CODE_LENGTH: `Digits in a code, {range}. 4 and 5 are for v1 accounts that fix them: they are refused with v2 and need
        MAX_ATTEMPTS of at most 3. With v1 the account decides, and this must agree with it.`,
      CODE_VALIDITY_SECONDS: `Life of a code, and of a login whose first code has not gone out, {range} s. A login never lasts longer than 600 s
        after its first send.`,
      RESEND_INTERVAL_SECONDS:
        "Shortest time between two sends to one number, {range} s; asked of 8x8 and kept by the number's budget.",
      MAX_ATTEMPTS: 'Codes checked in one login, {range}.',
      MAX_RESENDS: 'Resends granted in one login, {range}.',
      BRAND: 'The product name in messages, 1 to 30 characters, when a start names none.',
      ALLOWED_COUNTRIES:
        'ISO 3166-1 alpha-2 codes with commas between: SG,MY (GB, not UK). Default: every country; required in production.',
    },
  },
  {
    about: `Receipts from 8x8. Each v2 message names a callback URL with a token of its login; nothing is to be set for that
      but a PUBLIC_URL that 8x8 can reach. The account-wide webhooks for SMS, chat apps and voice need these.`,
    rows: {
      EIGHTXEIGHT_WEBHOOK_TOKEN: `Where 8x8's account-wide webhooks are to post: {PUBLIC_URL}/v1/webhooks/8x8/{this}. 22 to 128 of A-Z a-z 0-9 _ -,
        from a random source: openssl rand -hex 24`,
      EIGHTXEIGHT_WEBHOOK_AUTHORIZATION:
        'The Authorization header that they bring besides, as configured at 8x8, at least 22 characters; others get 401.',
      EIGHTXEIGHT_WEBHOOK_ADDRESSES: `IP addresses or CIDR ranges with commas between that receipts may come from, callback URLs included; 8x8 publishes
        its own. Default: any.`,
      TRUSTED_PROXIES:
        'IP addresses or CIDR ranges of your proxies, with commas between: only from these is X-Forwarded-For believed.',
      WHEN_UNDELIVERED: `What follows when 8x8 says that a message did not arrive: nothing; offer (the app is told that a call may be asked
        for); call (the call is made, as one of the login's resends).`,
      RECEIPT_WAIT_SECONDS:
        'Seconds without a receipt after which a message counts as not arrived, {range}; with 0 it does not.',
    },
  },
  {
    about: 'Webhooks to the app (docs/webhooks.md)',
    rows: {
      WEBHOOK_URL: `Where events are posted, an http or https URL without credentials; in production https at port 443 or 8443, of
        at most 2048 characters, and no address of a private network. Without it there are none.`,
      WEBHOOK_SECRET: `Signs them: whsec_ and base64 of 24 to 64 random bytes; during a rotation two, the new one first, with a comma
        between. Required with WEBHOOK_URL. echo "whsec_$(openssl rand -base64 32)"`,
      WEBHOOK_EVENTS: 'Event types with commas between, such as login.verified,login.failed. Default: all.',
      WEBHOOK_CONCURRENCY: 'Deliveries under way at the same time, {range}.',
    },
  },
  {
    about: 'Secrets. Outside production they are generated once and kept in .postern/keys.json.',
    rows: {
      API_KEY:
        "The single app's key, with every scope: at least 22 visible ASCII characters from a random source (npm run app-key).",
      LOOKUP_KEY: `Base64 of at least 32 random bytes (openssl rand -base64 32).
        Makes workflow ids out of phone numbers. Changing it forgets every number, so it is not rotated.`,
      ENCRYPTION_KEYS: `id:base64 of 32 random bytes, with commas between: 2026-11:…,2026-08:… (openssl rand -base64 32). They seal what
        Temporal stores. The first one seals, all of them open: to rotate, add the new key at the end everywhere, then move it
        to the front, and drop the old one when the namespace's retention has passed. Ids are 1 to 32 of A-Z a-z 0-9 _ -.`,
      TOKEN_KEYS: `id:base64 of 32 random bytes, with commas between, like ENCRYPTION_KEYS and rotated like them. They make the tokens of
        callback URLs and of clients.`,
      SIGNING_KEYS_FILE: 'The file of the keys that sign assertions (docs/assertion.md).',
    },
  },
]
