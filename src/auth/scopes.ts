/** Machine names of the scopes Botport's endpoints ask for. */
export type Scope =
  | 'bot_definition:bot_export'
  | 'bot_definition:bot_import'
  | 'bot_publish:publish_request'
  | 'bot_publish:publish_status'
  | 'role_management:role_management';
