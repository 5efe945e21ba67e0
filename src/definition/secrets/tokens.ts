import type { SecretKind, Severity } from './kinds.ts';

/*
 * Secrets that say by their form what they are. The forms are public: vendors document them so that they can be found.
 *
 * A pattern begins where no character of its own stands before it, and goes through a run of characters once; so each
 * is linear, whatever the text is.
 */

export interface TokenRule {
  kind: SecretKind;
  /** A text without one of these has no such token. */
  anchors: readonly string[];
  /** The secret is group 1, or the whole. */
  pattern: RegExp;
  /** Whether what was found is one; gets the whole text, too. */
  accepts?(secret: string, text: string): boolean;
  severity?(secret: string): Severity;
}

const mixed = (secret: string) => /\d/.test(secret) && /[A-Za-z]/.test(secret);

export const tokenRules: readonly TokenRule[] = [
  {
    kind: 'jwt',
    anchors: ['eyJ'],
    pattern: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g,
    accepts: (secret) => part(secret, 0)?.alg !== undefined && part(secret, 1)?.name !== 'John Doe',
    // Without an end it works for ever.
    severity: (secret) => (part(secret, 1)?.exp === undefined ? 'error' : 'warning'),
  },
  {
    kind: 'aws-access-key',
    anchors: ['AKIA', 'ASIA'],
    pattern: /(?<![A-Za-z0-9+/])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])/g,
  },
  {
    kind: 'google-api-key',
    anchors: ['AIza'],
    pattern: /(?<![A-Za-z0-9+/_-])AIza[\w-]{35}(?![\w-])/g,
  },
  { kind: 'google-oauth-secret', anchors: ['GOCSPX-'], pattern: /(?<![\w-])GOCSPX-[\w-]{28}(?![\w-])/g },
  {
    kind: 'azure-storage-key',
    anchors: ['AccountKey='],
    pattern: /AccountKey=([A-Za-z0-9+/]{40,100}={0,2})/g,
    // The emulator's account has a key that is known to all.
    accepts: (_, text) => !text.includes('AccountName=devstoreaccount1'),
  },
  {
    kind: 'azure-shared-access-key',
    anchors: ['SharedAccessKey='],
    pattern: /SharedAccessKey=([A-Za-z0-9+/]{40,100}={0,2})/g,
  },
  {
    kind: 'azure-sas',
    anchors: ['sig='],
    pattern: /[?&;]sig=([A-Za-z0-9%+/]{40,100}={0,2})/g,
    accepts: (secret, text) => mixed(secret) && /[?&;]s[evrp]=/.test(text),
  },
  {
    kind: 'azure-function-key',
    anchors: ['code='],
    pattern: /azurewebsites\.net\/[^\s"'<>]{0,300}[?&]code=([\w/+=%-]{32,120})/g,
    accepts: mixed,
  },
  {
    kind: 'azure-client-secret',
    anchors: ['Q~'],
    pattern: /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])/g,
  },
  {
    kind: 'slack-token',
    anchors: ['xox', 'xapp-'],
    pattern: /(?<![\w-])(?:xox[abeoprs]|xapp)-[\w-]{10,250}/g,
    accepts: mixed,
  },
  {
    kind: 'slack-webhook',
    anchors: ['hooks.slack.com'],
    pattern: /hooks\.slack\.com\/(?:services|workflows)\/(T\w{6,20}\/[AB]\w{6,20}\/[\w/]{16,80})/g,
  },
  {
    kind: 'teams-webhook',
    anchors: ['webhook.office.com', '.logic.azure.com'],
    pattern:
      /(?:webhook\.office\.com\/webhookb2\/|\.logic\.azure\.com[^\s"'<>]{0,300}[?&]sig=)([\w@%/+=.-]{32,300})/g,
  },
  {
    kind: 'discord-webhook',
    anchors: ['/api/webhooks/'],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{10,25}\/([\w-]{40,100})/g,
  },
  {
    kind: 'github-token',
    anchors: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{50,255})/g,
  },
  {
    kind: 'gitlab-token',
    anchors: ['gl'],
    pattern: /(?<![\w-])gl(?:pat|ptt|dt|rt|cbt|ft|soat|agent|oas)-[\w-]{20,100}/g,
    accepts: mixed,
  },
  {
    kind: 'stripe-key',
    anchors: ['k_live_', 'k_test_', 'whsec_'],
    pattern: /(?<![A-Za-z0-9_])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100})/g,
    severity: (secret) => (secret.includes('_test_') ? 'warning' : 'error'),
  },
  { kind: 'twilio-key', anchors: ['SK'], pattern: /(?<![A-Za-z0-9+/_-])SK[0-9a-f]{32}(?![A-Za-z0-9+/_-])/g },
  {
    kind: 'sendgrid-key',
    anchors: ['SG.'],
    pattern: /(?<![\w.-])SG\.[\w-]{16,32}\.[\w-]{16,64}(?![\w-])/g,
    accepts: mixed,
  },
  {
    kind: 'mailgun-key',
    anchors: ['key-', '-'],
    pattern: /(?<![\w-])(?:key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})(?![\w-])/g,
    accepts: mixed,
  },
  {
    kind: 'mailchimp-key',
    anchors: ['-us'],
    pattern: /(?<![\w-])[0-9a-f]{32}-us\d{1,2}(?!\w)/g,
    accepts: mixed,
  },
  {
    kind: 'openai-key',
    anchors: ['sk-'],
    pattern:
      /(?<![\w-])sk-(?!ant-)(?:(?:proj|svcacct|admin|None|or-v1)-[\w-]{20,250}|[A-Za-z0-9]{32,64}(?![\w-]))/g,
    accepts: mixed,
  },
  {
    kind: 'anthropic-key',
    anchors: ['sk-ant-'],
    pattern: /(?<![\w-])sk-ant-[\w-]{20,250}/g,
    accepts: mixed,
  },
  { kind: 'npm-token', anchors: ['npm_'], pattern: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g },
  { kind: 'pypi-token', anchors: ['pypi-AgE'], pattern: /(?<![\w-])pypi-AgE[\w-]{50,250}/g },
  {
    kind: 'telegram-bot-token',
    anchors: [':AA'],
    pattern: /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g,
  },
  {
    kind: 'facebook-token',
    anchors: ['EAA'],
    pattern: /(?<![A-Za-z0-9+/=])EAA[A-Za-z0-9]{80,400}(?![A-Za-z0-9+/])/g,
    accepts: mixed,
  },
  {
    kind: 'vendor-token',
    anchors: [
      'hf_',
      'dapi',
      'shp',
      'do',
      'hvs.',
      'gsk_',
      'sq0',
      'ATATT3',
      'NRAK-',
      'pat-',
      'PMAK-',
      'glsa_',
      'dt0c01.',
      'xkeysib-',
      'ntn_',
      'lin_api_',
      'pk_',
      'r8_',
      'AGE-SECRET-KEY-',
      'pscale_',
      'figd_',
      'dckr_pat_',
      'sbp_',
      'rubygems_',
    ],
    pattern: new RegExp(
      `(?<![A-Za-z0-9+/_-])(?:${[
        'hf_[A-Za-z0-9]{30,40}',
        'dapi[0-9a-f]{32}',
        'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
        'do[opr]_v1_[0-9a-f]{64}',
        'hvs\\.[\\w-]{24,120}',
        'gsk_[A-Za-z0-9]{40,60}',
        'sq0(?:csp|atp)-[\\w-]{22,43}',
        'ATATT3[\\w=-]{50,250}',
        'NRAK-[A-Z0-9]{27}',
        'pat-(?:na|eu|ap)\\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
        'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
        'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}',
        'dt0c01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}',
        'xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}',
        'ntn_[A-Za-z0-9]{40,60}',
        'lin_api_[A-Za-z0-9]{40}',
        'r8_[A-Za-z0-9]{37}',
        'AGE-SECRET-KEY-1[A-Z0-9]{58}',
        'pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,64}',
        'figd_[\\w-]{40,60}',
        'dckr_pat_[\\w-]{27}',
        'sbp_[0-9a-f]{40}',
        'rubygems_[0-9a-f]{48}',
      ].join('|')})(?![A-Za-z0-9])`,
      'g',
    ),
    accepts: mixed,
  },
];

/** The header (0) or the claims (1) of a JSON web token. */
function part(token: string, index: number): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // No JSON: no token.
    return undefined;
  }
}

/** One look at a text that says whether any rule may find something in it. */
export const anyAnchor = new RegExp(
  [...new Set(tokenRules.flatMap(({ anchors }) => anchors))]
    // Two characters and less are in every text.
    .map(
      (anchor) => ({ '-': '[0-9a-f]{8}-[0-9a-f]', gl: 'gl[a-z]{2,5}-', do: 'do[opr]_v1_' })[anchor] ?? anchor,
    )
    .map((anchor) => (anchor.includes('[') ? anchor : anchor.replaceAll(/[.?*+^$()|/]/g, '\\$&')))
    .join('|'),
);
