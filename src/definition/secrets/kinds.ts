/**
 * What kinds of secrets are told apart, for people and for tools that take the id of a rule. docs/secrets.md has the same
 * table; a test compares them.
 */
export const secretKinds = {
  'private-key': 'private key in PEM form',
  'google-service-account': 'private key of a Google service account',
  'aws-access-key': 'AWS access key id',
  'aws-secret-key': 'AWS secret access key',
  'google-api-key': 'Google API key',
  'google-oauth-secret': 'Google OAuth client secret',
  'azure-storage-key': 'account key in a connection string of Azure Storage, or of a service like it',
  'azure-shared-access-key':
    'shared access key in a connection string of Azure Service Bus, Event Hubs or IoT Hub',
  'azure-sas': 'signature of an Azure shared access URL',
  'azure-function-key': 'key of an Azure function in its URL',
  'azure-client-secret': 'client secret of Microsoft Entra ID',
  'slack-token': 'Slack token',
  'slack-webhook': 'Slack webhook URL',
  'teams-webhook': 'Microsoft Teams or Power Automate webhook URL',
  'discord-webhook': 'Discord webhook URL',
  'github-token': 'GitHub token',
  'gitlab-token': 'GitLab token',
  'stripe-key': 'Stripe secret key or webhook secret',
  'twilio-key': 'Twilio API key or auth token',
  'sendgrid-key': 'SendGrid API key',
  'mailgun-key': 'Mailgun API key',
  'mailchimp-key': 'Mailchimp API key',
  'openai-key': 'OpenAI API key',
  'anthropic-key': 'Anthropic API key',
  'npm-token': 'npm token',
  'pypi-token': 'PyPI token',
  'telegram-bot-token': 'Telegram bot token',
  'facebook-token': 'Facebook or WhatsApp access token',
  'vendor-token': 'token with the prefix of another vendor',
  'kore-client-secret': 'client secret beside the client id (`cs-…`) of a Kore.ai app',
  'client-secret': 'client secret, by its name',
  'database-url': 'password in the URL of a database or a queue',
  'url-password': 'password in a URL',
  jwt: 'signed JSON web token',
  'basic-auth': 'user and password of HTTP basic authentication',
  'bearer-token': 'bearer token',
  password: 'password, by its name',
  secret: 'secret, by its name',
  token: 'token, by its name',
  'api-key': 'API key or another key, by its name',
  authorization: 'credential in an authorization header or field',
  'secured-variable': 'value of an environment variable that is secured',
  'high-entropy': 'random-looking value of an environment variable or a header',
} as const;

export type SecretKind = keyof typeof secretKinds;

/** `error`: looks like a credential that works. `warning`: likely is one, or one that does not matter much. */
export type Severity = 'error' | 'warning';

/** Which of two findings at one place stays: what says most about it comes first. */
export function rankOf(kind: SecretKind): number {
  return ranks.indexOf(kind);
}

const ranks = Object.keys(secretKinds) as SecretKind[];
