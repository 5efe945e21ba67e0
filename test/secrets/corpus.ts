import type { BotMember } from '../../src/definition/layout.ts';
import type { SecretKind } from '../../src/definition/secrets/kinds.ts';
import { sampleBots } from '../support/samples.ts';
import { base64, jwt, pem, type Random, seeded } from './seeded.ts';

/*
 * Secrets as they are left behind in bots: each kind of secret, at the places where people put it. All values are made
 * up, when the tests run.
 */

export interface Case {
  title: string;
  kind: SecretKind;
  /** The secret alone. */
  secret: string;
  /** What the scan must say of the place. */
  words: string;
  plant(bot: Bot): void;
}

/** What must not be found. */
export interface LookAlike {
  title: string;
  plant(bot: Bot): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a definition has whatever shape it has
type Loose = any;

export interface Bot {
  definition: Loose;
  config: Loose;
  functions: string;
}

const sample = readSample();

/** The bank assistant with few of its items: what cases are planted in, and what that refers to. */
function readSample(): Bot {
  const bot = sampleBots().find(({ name }) => name === 'samples/bank-assistant');
  if (!bot) throw new Error('the sample is missing');
  const definition = JSON.parse(String(bot.definition));
  const planted = ['getLoanQuote', 'createFraudCase', 'sortRates', 'listBranches'];
  const isPlanted = ({ name }: Loose) => planted.includes(name);
  definition.dialogComponents = definition.dialogComponents.filter(isPlanted);
  for (const [section, value] of Object.entries(definition)) {
    if (Array.isArray(value) && section !== 'dialogComponents') definition[section] = value.slice(0, 1);
  }
  for (const section of ['knowledgeTasks', 'smallTalk', 'botEvents']) delete definition[section];
  return {
    definition,
    config: JSON.parse(String(bot.config)),
    functions: 'function greet(name) {\n    return "Hello " + name;\n}\n',
  };
}

/** A sample bot, to plant things in. */
export function freshBot(): Bot {
  return structuredClone(sample);
}

export function membersOf({ definition, config, functions }: Bot): BotMember[] {
  return [
    { name: 'botDefinition.json', content: Buffer.from(JSON.stringify(definition, null, 4)) },
    { name: 'config.json', content: Buffer.from(JSON.stringify(config, null, 4)) },
    { name: 'bot_functions.js', content: Buffer.from(functions) },
  ];
}

const item = (bot: Bot, section: string, name: string): Loose => {
  const found = bot.definition[section].find((one: Loose) => one.name === name);
  if (!found) throw new Error(`no ${name} in ${section}`);
  return found;
};

/* Places. Each takes a text with the secret in it. */

const variable =
  (key: string, value: string, isSecured = false) =>
  (bot: Bot) => {
    bot.config.envVariables.push({ key, value, variableType: 'env', hint: 'Set by the operator', isSecured });
  };
const header = (name: string, value: string) => (bot: Bot) => {
  item(bot, 'dialogComponents', 'getLoanQuote').headers.value = JSON.stringify({
    'Content-Type': 'application/json',
    [name]: value,
  });
};
const body = (fields: object) => (bot: Bot) => {
  item(bot, 'dialogComponents', 'createFraudCase').payload.value = encodeURIComponent(
    JSON.stringify({ kind: '{{context.entities.fraudKind}}', ...fields }, null, 2),
  );
};
const form = (text: string) => (bot: Bot) => {
  item(bot, 'dialogComponents', 'createFraudCase').payload.value = encodeURIComponent(text);
};
const path = (text: string) => (bot: Bot) => {
  item(bot, 'dialogComponents', 'getLoanQuote').endPoint.path = text;
};
const script =
  (...lines: string[]) =>
  (bot: Bot) => {
    item(bot, 'dialogComponents', 'sortRates').script = encodeURIComponent(
      ['var rates = context.rates || [];', ...lines, 'context.done = true;'].join('\n'),
    );
  };
const functions =
  (...lines: string[]) =>
  (bot: Bot) => {
    bot.functions += `\nfunction call(callback) {\n    ${lines.join('\n    ')}\n    callback();\n}\n`;
  };
const message = (text: string) => (bot: Bot) => {
  item(bot, 'dialogComponents', 'listBranches').message[0].localeData.en.text = encodeURIComponent(text);
};
const setting = (section: string, fields: object) => (bot: Bot) => {
  Object.assign(bot.definition[section][0], fields);
};

const words = {
  header: 'node "getLoanQuote", header',
  body: 'node "createFraudCase", body',
  path: 'node "getLoanQuote", address',
  script: 'node "sortRates", script line 2',
  functions: 'bot_functions.js, line 7',
  message: 'node "listBranches", message',
};

interface Planted {
  place: string;
  words: string;
  plant(bot: Bot): void;
}

/** The places that take a token as it is, or in a URL. */
function placesFor(token: string): Planted[] {
  return [
    { place: 'a variable', words: 'variable "serviceSetting"', plant: variable('serviceSetting', token) },
    { place: 'a header', words: words.header, plant: header('X-Service', token) },
    { place: 'a body', words: words.body, plant: body({ setting: token }) },
    { place: 'a script', words: words.script, plant: script(`var setting = "${token}";`) },
    {
      place: 'bot functions',
      words: words.functions,
      plant: functions('var options = {};', `options.setting = '${token}';`),
    },
    { place: 'a message', words: words.message, plant: message(`For operators: ${token}`) },
    {
      place: 'a channel',
      words: 'channel "Website chat"',
      plant: setting('channels', { connection: { setting: token } }),
    },
    {
      place: 'an integration',
      words: 'integration "Ticket desk"',
      plant: setting('preBuiltIntegrations', { settings: [{ key: 'setting', value: token }] }),
    },
  ];
}

/** Tokens that say by their form what they are. */
const tokens: [SecretKind, string, (random: Random) => string][] = [
  ['aws-access-key', 'AWS', (r) => `AKIA${r(16, 'upper')}`],
  ['aws-access-key', 'AWS, temporary', (r) => `ASIA${r(16, 'upper')}`],
  ['google-api-key', 'Google', (r) => `AIza${r(35, 'url')}`.replace(/-$/, '7')],
  ['google-oauth-secret', 'Google OAuth', (r) => `GOCSPX-${r(28)}`],
  ['slack-token', 'Slack bot', (r) => `xoxb-${r(12, 'digits')}-${r(12, 'digits')}-${r(24)}`],
  ['slack-token', 'Slack app', (r) => `xapp-1-${r(11, 'upper')}-${r(13, 'digits')}-${r(64, 'hex')}`],
  ['github-token', 'GitHub', (r) => `ghp_${r(36)}`],
  ['github-token', 'GitHub, fine-grained', (r) => `github_pat_${r(22)}_${r(59)}`],
  ['gitlab-token', 'GitLab', (r) => `glpat-${r(20)}`],
  ['stripe-key', 'Stripe', (r) => `sk_live_${r(24)}`],
  ['stripe-key', 'Stripe webhook', (r) => `whsec_${r(32)}`],
  ['twilio-key', 'Twilio', (r) => `SK${r(32, 'hex')}`],
  ['sendgrid-key', 'SendGrid', (r) => `SG.${r(22)}.${r(43)}`],
  ['mailgun-key', 'Mailgun', (r) => `key-${r(32, 'hex')}`],
  ['mailchimp-key', 'Mailchimp', (r) => `${r(32, 'hex')}-us14`],
  ['openai-key', 'OpenAI', (r) => `sk-proj-${r(48)}`],
  ['openai-key', 'OpenAI, the older form', (r) => `sk-${r(48)}`],
  ['anthropic-key', 'Anthropic', (r) => `sk-ant-api03-${r(93)}`],
  ['npm-token', 'npm', (r) => `npm_${r(36)}`],
  ['pypi-token', 'PyPI', (r) => `pypi-AgE${r(80)}`],
  ['telegram-bot-token', 'Telegram', (r) => `7${r(9, 'digits')}:AA${r(33)}`],
  ['facebook-token', 'WhatsApp', (r) => `EAA${r(160)}`],
  ['azure-client-secret', 'Entra ID', (r) => `${r(3)}8Q~${r(34)}`],
  ['jwt', 'a token without an end', (r) => jwt(r, { sub: 'service', iat: 1700000000 })],
  ['vendor-token', 'Hugging Face', (r) => `hf_${r(34)}`],
  ['vendor-token', 'Databricks', (r) => `dapi${r(32, 'hex')}`],
  [
    'vendor-token',
    'HubSpot',
    (r) => `pat-na1-${r(8, 'hex')}-${r(4, 'hex')}-${r(4, 'hex')}-${r(4, 'hex')}-${r(12, 'hex')}`,
  ],
];

/** Two or three places for each token, other ones for each. */
function tokenCases(): Case[] {
  return tokens.flatMap(([kind, title, make], index) => {
    const random = seeded(1000 + index);
    return [0, 3, 5, 6].map((offset): Case => {
      const secret = make(random);
      const planted = placesFor(secret)[(index + offset) % 8] as Planted;
      return { ...planted, title: `${title} in ${planted.place}`, kind, secret };
    });
  });
}

/** Secrets whose surroundings say what they are. */
function surrounded(): Case[] {
  const r = seeded(7);
  const cases: Case[] = [];
  const add = (
    title: string,
    kind: SecretKind,
    secret: string,
    plants: [string, (bot: Bot) => void][],
  ): void => {
    plants.forEach(([place, plant], index) => {
      cases.push({ title: `${title}, ${index + 1}`, kind, secret, words: place, plant });
    });
  };
  const url = (kind: SecretKind, title: string, secret: string, text: string) =>
    add(title, kind, secret, [
      ['variable "endpoint"', variable('endpoint', text)],
      [words.script, script(`var url = '${text}';`)],
      [words.functions, functions('', `callback("${text}");`)],
    ]);
  const azureKey = `${r(86, 'base64')}==`;
  url(
    'azure-storage-key',
    'Azure Storage',
    azureKey,
    `DefaultEndpointsProtocol=https;AccountName=bankfiles;AccountKey=${azureKey};EndpointSuffix=core.windows.net`,
  );
  const busKey = `${r(43, 'base64')}=`;
  url(
    'azure-shared-access-key',
    'Azure Service Bus',
    busKey,
    `Endpoint=sb://bank.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${busKey}`,
  );
  const sig = `${r(43)}%3D`;
  url(
    'azure-sas',
    'an Azure SAS',
    sig,
    `https://bank.blob.core.windows.net/f?sv=2022-11-02&se=2030-01-01&sig=${sig}`,
  );
  const code = r(54);
  url(
    'azure-function-key',
    'an Azure function',
    code,
    `https://bank.azurewebsites.net/api/quote?code=${code}`,
  );
  const hook = `T${r(8, 'upper')}/B${r(10, 'upper')}/${r(24)}`;
  url('slack-webhook', 'a Slack webhook', hook, `https://hooks.slack.com/services/${hook}`);
  const discord = r(68, 'url');
  url(
    'discord-webhook',
    'a Discord webhook',
    discord,
    `https://discord.com/api/webhooks/${r(18, 'digits')}/${discord}`,
  );
  const flow = r(43, 'url');
  url(
    'teams-webhook',
    'a Teams flow',
    flow,
    `https://prod-12.logic.azure.com:443/workflows/${r(32, 'hex')}/triggers/manual?sig=${flow}`,
  );
  const database = r(14);
  url('database-url', 'PostgreSQL', database, `postgres://bot:${database}@db.internal:5432/bank`);
  const mongo = r(16);
  url('database-url', 'MongoDB', mongo, `mongodb+srv://bot:${mongo}@cluster0.internal/bank?retryWrites=true`);
  const redis = r(20);
  url('database-url', 'Redis', redis, `rediss://:${redis}@cache.internal:6380`);
  const inUrl = r(12);
  url('url-password', 'a user in a URL', inUrl, `https://svc:${inUrl}@api.internal/v1`);

  const basic = base64(`svc-bot:${r(12)}`);
  const bearer = r(40);
  const headerPlaces = (scheme: string, value: string): [string, (bot: Bot) => void][] => [
    ['node "getLoanQuote", header "Authorization"', header('Authorization', `${scheme} ${value}`)],
    [words.script, script(`request.setHeader("Authorization", "${scheme} ${value}");`)],
    [words.functions, functions('', `headers['Authorization'] = '${scheme} ${value}';`)],
    ['variable "authHeader"', variable('authHeader', `${scheme} ${value}`)],
    [
      'authorization profile "HarbourBankApi"',
      setting('idpConfigurations', {
        fields: [{ type: 'header', key: 'Authorization', value: `${scheme} ${value}` }],
      }),
    ],
  ];
  add('basic authentication', 'basic-auth', basic, headerPlaces('Basic', basic));
  add('a bearer token', 'bearer-token', bearer, headerPlaces('Bearer', bearer));

  const rsa = pem(r, 'RSA PRIVATE KEY');
  const stripped = rsa.trimEnd();
  add('an RSA key', 'private-key', stripped, [
    ['variable "certificate"', variable('certificate', rsa)],
    [words.body, body({ certificate: rsa }) && form(`certificate:\n${rsa}`)],
  ]);
  const lineBreaks = pem(r, 'PRIVATE KEY').trimEnd().replaceAll('\n', '\\n');
  add('a key in a script', 'private-key', lineBreaks, [
    [words.script, script(`var pem = "${lineBreaks}";`)],
    [words.functions, functions('', `var pem = '${lineBreaks}';`)],
  ]);
  const google = pem(r, 'PRIVATE KEY').replaceAll('\n', '\\n');
  const account = `{"type": "service_account", "project_id": "bank", "private_key": "${google}", "client_email": "bot@bank.internal"}`;
  add('a service account', 'google-service-account', google.replace(/\\n$/, ''), [
    ['variable "speech"', variable('speech', account)],
    [words.script, script(`var account = ${account};`)],
    [words.body, form(account)],
  ]);

  const aws = r(40, 'base64');
  add('an AWS secret', 'aws-secret-key', aws, [
    ['variable "awsSecretAccessKey"', variable('awsSecretAccessKey', aws)],
    [words.script, script(`AWS.config.update({ region: "eu-west-1", secretAccessKey: "${aws}" });`)],
    [words.body, body({ AWS_SECRET_ACCESS_KEY: aws })],
  ]);
  const kore = `${r(43, 'base64')}=`;
  const id = `cs-${r(8, 'hex')}-${r(4, 'hex')}-${r(4, 'hex')}-${r(4, 'hex')}-${r(12, 'hex')}`;
  add('the app of a bot', 'kore-client-secret', kore, [
    [words.script, script(`var app = sign("${id}", "${kore}");`)],
    [words.body, body({ app: id, signedWith: kore })],
    [words.functions, functions('', `var app = ['${id}', '${kore}'];`)],
  ]);
  const client = r(32);
  add('a client secret', 'client-secret', client, [
    ['variable "clientSecret"', variable('clientSecret', client)],
    [words.body, form(`grant_type=client_credentials&client_id=bank&client_secret=${client}`)],
    [words.script, script(`var options = { clientSecret: '${client}' };`)],
    [
      'authorization profile "HarbourBankApi"',
      setting('idpConfigurations', { appConfig: { client_secret: client } }),
    ],
    ['channel "Website chat"', setting('channels', { app: { clientSecret: client } })],
  ]);
  const twilio = r(32, 'hex');
  add('a Twilio token', 'twilio-key', twilio, [
    ['variable "twilioAuthToken"', variable('twilioAuthToken', twilio)],
    [words.script, script(`var twilio_token = "${twilio}";`)],
  ]);

  const named = (title: string, kind: SecretKind, name: string, secret: string) =>
    add(`${title} “${name}”`, kind, secret, [
      [`variable "${name}"`, variable(name, secret)],
      [`node "getLoanQuote", header "${name}"`, header(name, secret)],
      [`node "createFraudCase", body "${name}"`, body({ [name]: secret })],
      [`${words.script} "${name}"`, script(`var request = { "${name}": "${secret}" };`)],
    ]);
  named('a password', 'password', 'password', `${r(6)}!${r(4)}`);
  named('a password', 'password', 'db_password', r(12));
  named('a password', 'password', 'smtpPwd', `Bank-${r(6)}`);
  named('an API key', 'api-key', 'apiKey', r(32));
  named('an API key', 'api-key', 'x-api-key', r(40));
  named('an API key', 'api-key', 'Ocp-Apim-Subscription-Key', r(32, 'hex'));
  named('an API key', 'api-key', 'api_key', r(24, 'lower'));
  named('an encryption key', 'api-key', 'encryptionKey', r(32));
  named('a token', 'token', 'access_token', r(64));
  named('a token', 'token', 'authToken', r(20));
  named('a token', 'token', 'x-auth-token', r(36, 'hex'));
  named('a secret', 'secret', 'webhookSecret', r(28));
  named('a secret', 'secret', 'jwtSecret', r(48));
  named('a credential', 'authorization', 'Authorization', r(30));

  const query = r(32);
  add('a key in a query', 'api-key', query, [
    ['node "getLoanQuote", address "api_key"', path(`/v2/quotes?currency=EUR&api_key=${query}`)],
    [words.script, script(`var url = "https://api.internal/v1?apikey=${query}&units=metric";`)],
    ['variable "weatherUrl"', variable('weatherUrl', `https://api.internal/w?appKey=${query}`)],
    [words.functions, functions('', `get('https://api.internal/?subscription-key=${query}');`)],
  ]);
  const chosen = `Summer-${r(4, 'digits')}x`;
  add('a password that somebody chose', 'password', chosen, [
    [words.script, script(`var password = '${chosen}';`)],
    [words.script, script(`user.password="${chosen}";`)],
    [words.script, script(`login({ user: "svc", pwd : '${chosen}' });`)],
    [words.functions, functions('', `const DB_PASSWORD = \`${chosen}\`;`)],
    [words.body, form(`username=svc&password=${chosen}`)],
    [words.body, form(JSON.stringify({ inner: JSON.stringify({ password: chosen }) }))],
    [
      'variable "connection"',
      variable('connection', `Server=db;Database=bank;User Id=svc;Password=${chosen};`),
    ],
    ['variable "adminPass"', variable('adminPass', chosen)],
    [
      'language model "Harbour hosted"',
      setting('llmConfiguration', { authentication: { password: chosen } }),
    ],
    [
      'authorization profile "HarbourBankApi"',
      setting('idpConfigurations', { payloadFields: [{ key: 'password', value: chosen }] }),
    ],
  ]);
  const model = r(40);
  add('a key beside the name of its header', 'api-key', model, [
    [
      'language model "Harbour hosted"',
      setting('llmConfiguration', {
        authentication: { type: 'header', headerName: 'X-Model-Key', value: model },
      }),
    ],
    ['translation engine "Harbour translation"', setting('translationEngines', { apiKey: model })],
    ['integration "Ticket desk"', setting('preBuiltIntegrations', { auth: { apiKey: model } })],
    [words.script, script(`headers.push({ key: "x-api-key", value: "${model}" });`)],
  ]);
  const encoded = `${r(6)}!${r(3)}`;
  add('a header that a script encodes', 'basic-auth', encoded, [
    [words.script, script(`var auth = "Basic " + btoa("svc:${encoded}");`)],
    [words.functions, functions('', `auth(Buffer.from('svc:${encoded}').toString('base64'));`)],
  ]);
  const beside = r(32, 'hex');
  add('a Twilio token beside its account', 'twilio-key', beside, [
    [words.script, script(`var client = twilio("AC${r(32, 'hex')}", "${beside}");`)],
  ]);
  const secured = `${r(4, 'letters')} ${r(5)}`;
  add('a secured variable', 'secured-variable', secured, [
    ['variable "line4"', variable('line4', secured, true)],
  ]);
  const random = r(40);
  add('a random value', 'high-entropy', random, [['variable "line5"', variable('line5', random)]]);
  return cases;
}

export const cases: readonly Case[] = [...tokenCases(), ...surrounded()];

/* What looks like a secret and is none. */

function lookAlikeTexts(): [string, string][] {
  const r = seeded(99);
  const uuid = () => [8, 4, 4, 4, 12].map((length) => r(length, 'hex')).join('-');
  return [
    ['a UUID', uuid()],
    ['the id of a dialog', `dg-${uuid()}`],
    ['the id of a bot', `st-${uuid()}`],
    ['a client id', `cs-${uuid()}`],
    ['an object id', r(24, 'hex')],
    ['an MD5', r(32, 'hex')],
    ['a SHA-1', r(40, 'hex')],
    ['a SHA-256', r(64, 'hex')],
    ['an integrity', `sha384-${r(64, 'base64')}`],
    ['an image', `data:image/png;base64,iVBORw0KGgo${r(600, 'base64')}==`],
    ['a URL', 'https://api.example.com/v1/tokens?limit=10'],
    ['a URL with a port', 'https://api.example.com:8443/password/reset'],
    ['a URL of an image', `https://cdn.example.com/${r(40)}/logo.png`],
    ['an address', 'support@bank.example'],
    ['a message about passwords', 'Your password must have 8 characters: letters, digits and a sign.'],
    ['a message about tokens', 'Enter the token: we have sent it to your phone.'],
    ['a question', 'Did you forget your password? Secret questions: the name of your first pet'],
    ['a date', '2024-03-01T10:00:00.000Z'],
    ['a version', '2.14.3'],
    ['a regular expression', '^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d@$!%*?&]{8,32}$'],
    ['a regular expression for keys', 'AKIA[0-9A-Z]{16}'],
    ['a card number', '4111 1111 1111 1111'],
    ['a phone number', '+49 30 901820'],
    ['an IBAN', 'DE89370400440532013000'],
    ['a reference to a variable', '{{env.apiKey}}'],
    ['a bearer of a variable', 'Bearer {{context.session.UserContext.accessToken}}'],
    ['a basic of a variable', 'Basic {{env.basicAuth}}'],
    ['a placeholder of redact', '(botport-secret.API_KEY)'],
    ['stars', '****************'],
    ['a user in a URL without a password', 'https://git@code.example/bank.git'],
    ['a variable in a URL', 'postgres://{{env.dbUser}}:{{env.dbPassword}}@db.internal/bank'],
    ['a template in a URL', `https://svc:\${password}@api.internal`],
    ['a time in a URL', 'http://host.example/at/10:30:00@utc'],
    ['a colour', '#299d8e'],
    ['a path', '/api/v1.1/public/token/refresh'],
    ['a media type', 'application/vnd.bank.token+json'],
    ['a locale key', 'messages.errors.invalid_token_received'],
    ['a list of words', 'password, passcode, pin, secret, token'],
    ['CSS', '.password-field { color: #fff; key: none }'],
    ['HTML', '<input type="password" name="password" placeholder="Password" value="">'],
    ['an AWS example', `AKIA${'IOSFODNN7'}${'EXAMPLE'}`],
    ['a Stripe publishable key', `pk_live_${r(24)}`],
    [
      'a public key',
      `-----BEGIN PUBLIC KEY-----\n${r(64, 'base64')}\n${r(64, 'base64')}\n-----END PUBLIC KEY-----`,
    ],
    ['a private key left out', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----'],
    ['a token that is a word', 'Bearer authentication-token-required'],
    ['a German sentence', 'Passwort: bitte nicht weitergeben! Geheimnis: ja'],
    ['a SWIFT code', 'DEUTDEDBFRA1'],
    ['a package', 'com.bank.mobile.authentication.TokenProvider2'],
    ['a long word', 'Donaudampfschifffahrtsgesellschaftskapitaen'],
    ['the beginning of a token', 'eyJhbGciOiJIUzI1NiJ9'],
  ];
}

function lookAlikeValues(): [string, string, string][] {
  return [
    ['a name of a field', 'password', '<your password>'],
    ['an example', 'apiKey', 'YOUR_API_KEY'],
    ['crosses', 'apiKey', 'xxxxxxxxxxxxxxxxxxxxxxxx'],
    ['a word to change', 'password', 'changeme'],
    ['a variable', 'authToken', '{{env.authToken}}'],
    ['the context', 'access_token', '{{context.session.token}}'],
    ['an expression', 'secret', 'env.get("secret")'],
    ['a type', 'password', 'string'],
    ['what it is', 'token', 'token'],
    ['nothing', 'clientSecret', ''],
    ['no value', 'clientSecret', 'null'],
    ['brackets', 'apiKey', '[API_KEY]'],
    ['a shell variable', 'apiKey', '$API_KEY'],
    ['a template', 'apiKey', `\${apiKey}`],
    ['digits in order', 'apiKey', '1234567890'],
    ['a mark', 'password', '********'],
    ['a sentence', 'token', 'The token you got by mail 2'],
    ['a type of token', 'tokenType', 'Bearer'],
    ['a URL of tokens', 'tokenUrl', 'https://login.example.com/oauth2/v2/token'],
    ['a number of tokens', 'maxTokens', '4096'],
    ['the next page', 'nextPageToken', 'CAUQAA2b7Xz91kLm'],
    ['a name of a secret', 'secretName', 'bank/prod/db-2'],
    ['an id of a key', 'keyId', '5f2c1e9a8b7d6c5e4f3a2b1c'],
    ['a policy', 'passwordPolicy', 'min8-upper1-digit1'],
    ['a hint', 'passwordHint', 'Pet2007'],
    ['an endpoint of authorization', 'authorizationEndpoint', 'https://login.example.com/authorize'],
  ];
}

export const lookAlikes: readonly LookAlike[] = [
  ...lookAlikeTexts().flatMap(([title, text], index): LookAlike[] => [
    { title: `${title} in a message`, plant: message(text) },
    index % 2 === 0
      ? { title: `${title} in a body`, plant: body({ about: text }) }
      : { title: `${title} in a script`, plant: script(`var about = ${JSON.stringify(text)};`) },
  ]),
  ...lookAlikeValues().flatMap(([title, name, value]): LookAlike[] => [
    { title: `${title} in a header`, plant: header(name, value) },
    { title: `${title} in a script`, plant: script(`request["${name}"] = ${JSON.stringify(value)};`) },
    { title: `${title} in a variable`, plant: variable(name, value) },
  ]),
  ...[
    'var token = getToken();',
    'var token = context.session.UserContext.authToken2;',
    'if (token === "expired1") { retry(); }',
    'var apiKey = env.apiKey;',
    'var password = koreUtil.getEnv("password1");',
    'headers["x-api-key"] = env.get("apiKey2");',
    'var key = "pk" + index; var token = tokens[key1];',
    'throw new Error("password: too short, see rule 4.2");',
    'var isToken = /^[A-Za-z0-9]{32}$/.test(token);',
    'var tokens = text.split(" "); // token: one word, 2 letters at least',
    'context.passwordAttempts = 3;',
    'return { type: "password", label: "Password", id: "password2" };',
  ].map((line): LookAlike => ({ title: `the script ${line}`, plant: script(line) })),
];
