/**
 * The error registry: every failure a user can cause, once.
 *
 * An entry's `status`, `code` and `msg` are what a client of the public API sees; where the platform's public
 * documentation or behaviour fixes them, they are exactly its own. What went wrong in the case at hand is said in
 * the `detail` of the thrown {@link BotportError}. `docs/errors.md` is made from this table.
 */
export interface ErrorEntry {
  /** HTTP status of the reply. */
  readonly status: number;
  /** The number in the reply's envelope: the platform's own where it has one, else the HTTP status. */
  readonly code: number;
  /** The fixed sentence in the reply's envelope. */
  readonly msg: string;
  /** When it happens, for the documentation. */
  readonly when: string;
  /** What the reader can do about it, for the documentation. */
  readonly remedy: string;
}

export const errors = {
  // Who may: the order of these checks is in docs/compatibility.md.
  invalid_credentials: {
    status: 401,
    code: 4002,
    msg: 'Invalid SDK credentials',
    when: 'No `auth` header; unknown or revoked app; wrong signature or algorithm; token expired or not yet valid; a builder app used on a bot that is not its own.',
    remedy:
      'Sign a JWT with the secret of an app that covers the bot, put its client id into the claim `appId`, and send it in the header `auth`.',
  },
  invalid_token: {
    status: 401,
    code: 4002,
    msg: 'Invalid JWT token',
    when: 'The `auth` header holds something that is no JWT.',
    remedy: 'Send the bare JWT: three parts, no `Bearer` before it. `botport token` makes one.',
  },
  scope_missing: {
    status: 401,
    code: 4002,
    msg: 'Permission denied. Scope is incorrect!',
    when: 'The token is good, but its app lacks the scope of the endpoint.',
    remedy: 'Make an app that has the scope named in the detail (`botport apps create --scope …`).',
  },
  invalid_stream_id: {
    status: 400,
    code: 400,
    msg: 'Invalid StreamId',
    when: 'No bot has this id, or the admin app does not cover it.',
    remedy: 'Check the bot id in the path (`GET /api/public/bots` lists those the app covers).',
  },
  // How to ask.
  not_found: {
    status: 404,
    code: 404,
    msg: 'Not Found',
    when: 'No endpoint has this path.',
    remedy: 'Compare the path with `/openapi.json`.',
  },
  method_not_allowed: {
    status: 405,
    code: 405,
    msg: 'Method Not Allowed',
    when: 'The path exists, the method does not. Judged before the token.',
    remedy: 'Use a method from the reply’s `Allow` header.',
  },
  invalid_arguments: {
    status: 412,
    code: 412,
    msg: 'Validation errors/ Invalid arguments',
    when: 'The body is not JSON (or a form, where forms are taken), or a field is missing or of the wrong type.',
    remedy: 'The detail names the field and what was expected.',
  },
  body_too_large: {
    status: 413,
    code: 413,
    msg: 'Payload too large',
    when: 'A request body or an upload exceeds its limit.',
    remedy: 'Send less, or raise `BOTPORT_MAX_BODY` or `BOTPORT_MAX_UPLOAD`.',
  },
  rate_limited_minute: {
    status: 429,
    code: 429,
    msg: "You've exceeded the per-minute rate limit. Please wait for sometime before retrying.",
    when: 'More requests in a minute than `BOTPORT_RATE_LIMIT` allows for one bot, request or account.',
    remedy: 'Wait as many seconds as `Retry-After` says.',
  },
  rate_limited_hour: {
    status: 429,
    code: 429,
    msg: "You've exceeded the hourly rate limit. Please wait for sometime before retrying.",
    when: 'More requests in an hour than `BOTPORT_RATE_LIMIT` allows for one bot, request or account.',
    remedy: 'Wait as many seconds as `Retry-After` says.',
  },
  too_many_streams: {
    status: 429,
    code: 429,
    msg: 'Too many event streams are open',
    when: 'An app opens its 101st event stream at once, or the server would have more than 1,000.',
    remedy:
      'Close streams that are no longer needed, and try again after as many seconds as `Retry-After` says.',
  },
  internal: {
    status: 500,
    code: 500,
    msg: 'Internal Server Error',
    when: 'A fault of Botport’s own.',
    remedy: 'The server’s log has the cause under the reply’s `x-request-id`; please report it.',
  },
  storage_full: {
    status: 507,
    code: 507,
    msg: 'The storage is full',
    when: 'The disk of the data folder has no room left. Nothing of the request was kept.',
    remedy: 'Make room on the disk of `BOTPORT_DATA`.',
  },
  storage_busy: {
    status: 503,
    code: 503,
    msg: 'The storage is busy',
    when: 'Another process held the database for more than 10 seconds.',
    remedy: 'Try again in a moment; see what works on the data folder.',
  },
  shutting_down: {
    status: 503,
    code: 503,
    msg: 'Service Unavailable',
    when: 'The server is stopping.',
    remedy: 'Try again in a moment.',
  },
  // Files.
  upload_malformed: {
    status: 412,
    code: 412,
    msg: 'Validation errors/ Invalid arguments',
    when: 'An upload is no well-formed multipart body, or has no file part or several.',
    remedy: 'Send `multipart/form-data` with one part `file`.',
  },
  invalid_file_id: {
    status: 400,
    code: 400,
    msg: 'Invalid file id',
    when: 'A file id in the body is unknown or malformed.',
    remedy: 'Upload the file first and send the `fileId` of the reply.',
  },
  // Import.
  invalid_request_id: {
    status: 400,
    code: 400,
    msg: 'Invalid request ID',
    when: 'No import, export or publish request has this id, or it is of a bot the app does not cover.',
    remedy: 'Use the `_id` of the reply to the call that started it.',
  },
  import_stubs: {
    status: 400,
    code: 400,
    msg: 'The file holds only stubs of the tasks to import',
    when: 'An import of chosen parts asks for tasks, but the file was exported without them: of its dialogs it has names and no nodes.',
    remedy:
      'Import a file that was exported with `tasks: ["botTask"]`, or leave `tasks` out of `importOptions`.',
  },
  import_other_generation: {
    status: 409,
    code: 409,
    msg: 'The file comes from another generation of the platform than the bot',
    when: 'A file of version 11 or later (`environmentVersionInfo`) is to go into a bot of an earlier generation, or the other way.',
    remedy: 'Import the file as a new bot, or export it from a platform of the same generation.',
  },
  import_older_platform: {
    status: 409,
    code: 409,
    msg: 'The file comes from an older version of the platform than the bot',
    when: 'A file of a lower platform version (`environmentVersionInfo`) is to go into a bot of a higher one.',
    remedy: 'Go back to an earlier state of the bot with a rollback, or import the file as a new bot.',
  },
  import_running: {
    status: 409,
    code: 409,
    msg: 'An import into this bot is still running',
    when: 'The draft of a bot is to change while an import into it has not ended.',
    remedy: 'Ask for the status of the running import until it has ended, then try again.',
  },
  plan_outdated: {
    status: 409,
    code: 409,
    msg: 'The bot is no longer what the plan was made for',
    when: 'An import names a plan that was made for another bot, or for an earlier draft of it; or the same files and options no longer give what was planned.',
    remedy: 'Make a new plan, look at it, and apply that.',
  },
  bot_id_taken: {
    status: 409,
    code: 409,
    msg: 'The bot id is taken',
    when: 'An import asked to keep the id in the file, but a bot with that id exists.',
    remedy: 'Import without keeping the id.',
  },
  legacy_universal_bot: {
    status: 422,
    code: 422,
    msg: 'This file holds a universal bot of the old kind, which is no longer supported and cannot be imported',
    when: 'The definition is a universal bot of the first generation.',
    remedy: 'Upgrade the universal bot on the platform it comes from and export it again.',
  },
  json_malformed: {
    status: 400,
    code: 400,
    msg: 'The file is not valid JSON',
    when: 'The definition or config file is not JSON.',
    remedy: 'The detail says where the text stops being JSON.',
  },
  json_not_utf8: {
    status: 400,
    code: 400,
    msg: 'The file is not UTF-8',
    when: 'The definition or config file has bytes that are not UTF-8.',
    remedy: 'Save the file as UTF-8.',
  },
  json_too_deep: {
    status: 400,
    code: 400,
    msg: 'The JSON is nested too deeply',
    when: 'Objects and arrays are nested deeper than 256 levels.',
    remedy: 'No real bot is; check how the file was made.',
  },
  json_repeated_key: {
    status: 400,
    code: 400,
    msg: 'An object repeats a key',
    when: 'An object in the file has the same key twice, so that readers would disagree on its value.',
    remedy: 'Remove one of the two; the detail names the key and where it is.',
  },
  json_item_too_large: {
    status: 400,
    code: 400,
    msg: 'One value of the file is too large',
    when: 'One item of a section, or one section that is no list, is larger than `BOTPORT_MAX_ITEM`.',
    remedy: 'Raise `BOTPORT_MAX_ITEM` if the bot is real.',
  },
  definition_incomplete: {
    status: 400,
    code: 400,
    msg: 'The file is not a bot definition',
    when: 'The definition is not an object, or lacks what every bot has, or has it with the wrong type.',
    remedy: 'The detail names the key. Import the botDefinition.json of a full export.',
  },
  definition_repeated_id: {
    status: 400,
    code: 400,
    msg: 'Two items of one section have the same id',
    when: 'Two items of a section share one `_id`.',
    remedy: 'The detail names the section and the id; give one of them another.',
  },
  config_invalid: {
    status: 400,
    code: 400,
    msg: 'The config file is not a bot config',
    when: 'config.json is not an object with a list `envVariables`.',
    remedy: 'Import the config.json of the same export.',
  },
  variables_missing: {
    status: 500,
    code: 500,
    msg: 'Internal Server Error',
    when: 'The body of an import of variables is empty. The platform answers so, too.',
    remedy: 'Send the variables as a list, as their export gives them.',
  },
  variables_too_large: {
    status: 413,
    code: 413,
    msg: 'The variables of the bot are too large',
    when: 'config.json, the content variables and the name spaces of a bot together have more than 32 MB.',
    remedy: 'Export the bot instead.',
  },
  script_invalid: {
    status: 400,
    code: 400,
    msg: 'The bot functions file cannot be taken',
    when: 'Two bot functions files have the same name, one has a name an archive cannot hold, or the bot would have more than ten.',
    remedy: 'Rename one of them, the detail names it; or put them into fewer files.',
  },
  zip_malformed: {
    status: 400,
    code: 400,
    msg: 'The file is not a readable zip archive',
    when: 'The archive is cut off, corrupt, encrypted, or no zip at all.',
    remedy: 'Upload the archive again as the export gave it.',
  },
  zip_unsafe: {
    status: 400,
    code: 400,
    msg: 'The archive is not safe to open',
    when: 'A member escapes its folder, is a link, is there twice, overlaps another, or unpacks to more than the limits allow.',
    remedy: 'The detail names the member. Use an archive made by an export.',
  },
  zip_members: {
    status: 400,
    code: 400,
    msg: 'The archive does not hold the members of a bot export',
    when: 'botDefinition.json or config.json is missing or there twice, or the archive holds other files.',
    remedy:
      'An export holds botDefinition.json, config.json, icon.png and perhaps .js files, at the root or in one folder.',
  },
  import_interrupted: {
    status: 500,
    code: 500,
    msg: 'The import was interrupted too often and given up; nothing was changed',
    when: 'The server was stopped again and again in the middle of this import.',
    remedy: 'Start the import again.',
  },
  // Export.
  nothing_selected: {
    status: 400,
    code: 400,
    msg: 'Please select at least one component',
    when: '`exportOptions` is there, but every list in it is empty.',
    remedy: 'Fill a list, or leave `exportOptions` out to export everything.',
  },
  unknown_option: {
    status: 400,
    code: 400,
    msg: 'Unknown export option',
    when: 'A list in `exportOptions` holds a value that no version of the API knows.',
    remedy: 'The detail names the value, and the known one most like it.',
  },
  unknown_task: {
    status: 400,
    code: 400,
    msg: 'Unknown task',
    when: '`subTasks` names a task the bot does not have.',
    remedy: 'The detail names the task, and the one most like it. Tasks go by id, refId or name.',
  },
  no_published_version: {
    status: 400,
    code: 400,
    msg: 'The bot has no published version',
    when: '`exportType` is `published`, but the bot was never published.',
    remedy: 'Publish the bot first, or export `latest`.',
  },
  unknown_version: {
    status: 400,
    code: 400,
    msg: 'The bot has no draft or version of this number',
    when: 'A number names a draft or a published version the bot never had, or has no more.',
    remedy:
      '`GET /api/v1/bots/{botId}/drafts` and `…/versions` list them; in an export, leave `number` out for the newest.',
  },
  version_pinned: {
    status: 409,
    code: 409,
    msg: 'The version is pinned',
    when: 'A version that is pinned was to be deleted.',
    remedy:
      'Take the pin off first: `PATCH /api/v1/bots/{botId}/versions/{number}` with `{"pinned": false}`.',
  },
  version_published: {
    status: 409,
    code: 409,
    msg: 'The version is the published one',
    when: 'The newest published version of a bot was to be deleted.',
    remedy: 'Publish another version first.',
  },
  label_taken: {
    status: 409,
    code: 409,
    msg: 'Another version of the bot has this label',
    when: 'A version was to be called as another version of the same bot is called.',
    remedy: 'Choose another label, or take it from the version named in the detail.',
  },
  no_export: {
    status: 400,
    code: 400,
    msg: 'No export has been requested for this bot',
    when: 'Export status was asked for a bot that was never exported.',
    remedy: 'Start an export first.',
  },
  no_ml_export: {
    status: 400,
    code: 400,
    msg: 'No export of utterances has been requested for this bot',
    when: 'The status of an export of utterances was asked for, and there never was one for this bot.',
    remedy: 'Start one first (`POST /api/public/bot/{botId}/mlexport`).',
  },
  link_invalid: {
    status: 403,
    code: 403,
    msg: 'The download link is not valid',
    when: 'The signature of a download link is missing or wrong, or the file does not exist.',
    remedy: 'Take `downloadURL` from the export status as it is.',
  },
  link_expired: {
    status: 403,
    code: 403,
    msg: 'The download link has expired',
    when: 'A download link is older than `BOTPORT_LINK_TTL`, or its export was removed after `BOTPORT_KEEP_EXPORTS`.',
    remedy: 'Ask for the export status again; it answers with a fresh link to the newest export of the bot.',
  },
  range_not_satisfiable: {
    status: 416,
    code: 416,
    msg: 'The range is not in the archive',
    when: 'A download asks, with `Range`, for bytes that lie behind the end of the archive.',
    remedy:
      '`Content-Range` of the reply has the size of the archive; what is asked for must begin before it.',
  },
  export_interrupted: {
    status: 500,
    code: 500,
    msg: 'The export was interrupted too often and given up',
    when: 'The server was stopped again and again in the middle of this export.',
    remedy: 'Start the export again.',
  },
  // Differences.
  invalid_side: {
    status: 400,
    code: 400,
    msg: 'Unknown kind of side',
    when: '`from` or `to` of a difference names no draft, version, export or file.',
    remedy:
      'Write `draft:st-…`, `draft:st-…@3`, `version:st-…`, `version:st-…@2`, `export:ber-…` or `file:<fileId>`.',
  },
  export_not_ready: {
    status: 409,
    code: 409,
    msg: 'The export is not there',
    when: 'A difference names an export that is still being made, or that failed.',
    remedy: 'Wait until its status is `success`; start it again if it failed.',
  },
  difference_too_large: {
    status: 422,
    code: 422,
    msg: 'The difference is too large',
    when: 'One section of the two bots differs in more than 256 MB of text.',
    remedy: 'Compare exports of a part: start them with `exportOptions` that leave the section out.',
  },
  // Publish.
  no_publish: {
    status: 400,
    code: 400,
    msg: 'The bot has never been published',
    when: 'Publish status was asked for a bot that was never published.',
    remedy: 'Publish the bot first.',
  },
  publish_interrupted: {
    status: 500,
    code: 500,
    msg: 'The publish was interrupted too often and given up',
    when: 'The server was stopped again and again in the middle of this publish.',
    remedy: 'Publish again.',
  },
  // Webhooks.
  webhook_unknown: {
    status: 400,
    code: 400,
    msg: 'Invalid webhook ID',
    when: 'The app has no webhook of this id: there is none, it was removed, or another app made it.',
    remedy: '`GET /api/v1/webhooks` lists those of the app.',
  },
  webhook_url_refused: {
    status: 400,
    code: 400,
    msg: 'Webhooks may not reach this address',
    when: 'The `url` of a webhook names an address that is not public.',
    remedy: 'Name a public address, or set `BOTPORT_WEBHOOK_PRIVATE=allow` where the network is trusted.',
  },
  too_many_webhooks: {
    status: 400,
    code: 400,
    msg: 'The app has too many webhooks',
    when: 'An app that has 20 webhooks makes another.',
    remedy: 'Remove one that is no longer needed: `DELETE /api/v1/webhooks/{id}`.',
  },
  // Commands.
  collect_interrupted: {
    status: 500,
    code: 500,
    msg: 'The collection was interrupted too often and given up; the store is whole',
    when: 'The server was stopped again and again in the middle of this collection.',
    remedy: 'Start it again: `botport gc`. What it has removed stays removed.',
  },
  setting_invalid: {
    status: 500,
    code: 500,
    msg: 'A setting is not valid',
    when: 'An environment variable `BOTPORT_…`, or a key of a profile, has a value Botport cannot use.',
    remedy:
      'Correct what the detail names; docs/settings.md lists the settings of a server, docs/profiles.md those of the commands.',
  },
  data_folder_in_use: {
    status: 500,
    code: 500,
    msg: 'Another Botport server is running on this data folder',
    when: 'A second server is started on a data folder.',
    remedy: 'Stop the other server, or give this one its own folder with `BOTPORT_DATA`.',
  },
  data_folder_missing: {
    status: 500,
    code: 500,
    msg: 'There is no Botport data in this folder',
    when: 'A command that works on existing data is run where `BOTPORT_DATA` has none.',
    remedy:
      'Set `BOTPORT_DATA` to the folder of the server; `botport serve` and `botport apps create` make a new one.',
  },
  data_key_exposed: {
    status: 500,
    code: 500,
    msg: 'The key file can be read or written by others',
    when: 'The file mode of `botport.key` lets other users of the machine at it.',
    remedy: 'Run `chmod 600` on it. If others may have read it, revoke all apps and make new ones.',
  },
  data_folder_newer: {
    status: 500,
    code: 500,
    msg: 'The data folder was written by a newer Botport',
    when: 'The database has migrations this version does not know.',
    remedy: 'Run the newer version of Botport.',
  },
  data_key_mismatch: {
    status: 500,
    code: 500,
    msg: 'The key file does not belong to this data folder',
    when: 'Client secrets cannot be decrypted with `botport.key`.',
    remedy: 'Restore the key file that belongs to the data folder.',
  },
  exploded_foreign: {
    status: 400,
    code: 400,
    msg: 'The folder is not one that explode made',
    when: '`botport explode` is given a folder that holds something else, or `botport pack` one without `botport.json`.',
    remedy: 'Explode into a new or empty folder, and pack that one.',
  },
  exploded_conflict: {
    status: 400,
    code: 400,
    msg: 'A file that is not of the bot is in the way',
    when: '`botport explode` would have to replace a file it did not write. Nothing was changed.',
    remedy: 'Move the file; the detail names it.',
  },
  exploded_damaged: {
    status: 400,
    code: 400,
    msg: 'The folder is not a whole bot',
    when: 'A file of an exploded bot is missing, named twice or nowhere, or not in the form docs/exploded.md describes.',
    remedy: 'The detail names the file. Each one must be named once, in the list or the file it belongs to.',
  },
  exploded_newer: {
    status: 400,
    code: 400,
    msg: 'The folder was made by a newer Botport',
    when: '`botport.json` names a format this version does not know.',
    remedy: 'Run the newer version of Botport.',
  },
  exploded_unsafe: {
    status: 400,
    code: 400,
    msg: 'The folder is not safe to work in',
    when: 'In the folder of a bot, a file or folder is a link or a device; or all of an exploded bot is more than `BOTPORT_MAX_UNPACKED`.',
    remedy: 'The detail names it. Links are not followed: put the file itself there.',
  },
  confirmation_needed: {
    status: 400,
    code: 400,
    msg: 'This has to be confirmed',
    when: 'A command that asks before it changes something is run without a terminal.',
    remedy: 'Look at what it would do, then give it `--yes`.',
  },
  secret_missing: {
    status: 400,
    code: 400,
    msg: 'A secret is missing',
    when: 'A file of settings names a variable of the environment, or a file, for a value, and there is none.',
    remedy: 'Set the variable, or make the file, that the detail names.',
  },
  secret_exposed: {
    status: 400,
    code: 400,
    msg: 'A file with a secret can be read by others',
    when: 'A file that holds a secret has a mode that lets others of the machine read it.',
    remedy: 'Make it readable by its owner only: `chmod 600`.',
  },
  environment_invalid: {
    status: 400,
    code: 400,
    msg: 'The environment file is not in order',
    when: 'An environment file is missing, no YAML, or not in the form docs/environment-file.md describes.',
    remedy:
      'The detail names the place. Numbers and words such as `true` need quotes where a text is expected.',
  },
  environment_incomplete: {
    status: 400,
    code: 400,
    msg: 'The environment does not fill every placeholder',
    when: 'A bot that `botport redact` wrote has a placeholder for which the environment file has no value, or none that can stand there.',
    remedy: 'Name the value under `secrets` in the environment file.',
  },
  baseline_invalid: {
    status: 400,
    code: 400,
    msg: 'The baseline is not in order',
    when: '`botport scan --baseline` was given a file that is missing, or that `--write-baseline` did not write.',
    remedy: 'Write a new one with `botport scan --write-baseline`.',
  },
  redact_conflict: {
    status: 400,
    code: 400,
    msg: 'There is no place for the redacted bot',
    when: '`botport redact` would have to write over the bot it reads, a folder with something else in it, or an environment file with secrets of before; or would put the secrets into the redacted folder. Nothing was written.',
    remedy: 'Choose another place; `--force` replaces an environment file.',
  },
  profiles_invalid: {
    status: 400,
    code: 400,
    msg: 'The file of profiles is not valid',
    when: 'The file that `BOTPORT_CONFIG` names is not there, or a `config.yaml` is no YAML, has a key nobody knows, or a value that cannot be.',
    remedy: 'Correct what the detail names; docs/profiles.md lists the keys.',
  },
  profiles_exposed: {
    status: 400,
    code: 400,
    msg: 'The file of profiles can be changed by others',
    when: 'The mode of the file lets other users of the machine write to it: they could send your tokens to hosts of theirs.',
    remedy: 'Run `chmod go-w` on it, and look at what it says.',
  },
  profile_unknown: {
    status: 400,
    code: 400,
    msg: 'There is no such profile',
    when: '`--host`, `BOTPORT_URL` or `default` names a profile that the file of profiles does not have.',
    remedy: '`botport profiles` lists those there are. A URL begins with `http://` or `https://`.',
  },
  variables_file_invalid: {
    status: 400,
    code: 400,
    msg: 'The file of variables is not valid',
    when: '`botport variables import` is given a file that is not there, is no JSON, or holds something else.',
    remedy: 'Take the form that `botport variables export` writes.',
  },
  bot_not_found: {
    status: 400,
    code: 400,
    msg: 'There is no bot',
    when: 'A command is given a path where nothing is, or a folder that holds no bot.',
    remedy:
      'Give the archive of an export, a folder that `botport explode` made, a folder with the files of an export, or a botDefinition.json.',
  },
  bot_too_large: {
    status: 400,
    code: 400,
    msg: 'The bot is too large to be read whole',
    when: 'A command is given a bot with a definition or an archive on a host of more than 256 MB, or another file of more than 8 MB.',
    remedy: 'No real bot is so large; check how the file was made.',
  },
  host_is_other: {
    status: 400,
    code: 400,
    msg: 'The host is not a Botport server',
    when: 'A command is asked for what only a Botport host has: an earlier draft or version by its number, or an export by its id.',
    remedy: 'Name the draft or the newest version, or export to a file what is meant and name that.',
  },
  backup_options: {
    status: 400,
    code: 400,
    msg: 'The backup cannot be made in this way',
    when: '`botport backup` is given options that do not go together, no place to back up to, or a bot that the host does not have.',
    remedy: 'The detail names the option; see `botport backup --help`.',
  },
  backup_foreign: {
    status: 400,
    code: 400,
    msg: 'The folder is not the backup of this host in this form',
    when: '`botport backup` is given a folder with a backup of another host, one made with or without `--zip` or `--redact` where now it is the other, or one whose `bots` is something else.',
    remedy:
      'Give each host a folder of its own. If the host has only moved, correct `host` in `bots/backup.json`.',
  },
  backup_damaged: {
    status: 400,
    code: 400,
    msg: 'A record of the backup cannot be read',
    when: '`backup.json`, or a `bot.json`, in a backup was edited, or written by a newer Botport.',
    remedy:
      'The detail names the file. Bring it back from git, or remove it: then its bots are backed up anew.',
  },
  backup_running: {
    status: 400,
    code: 400,
    msg: 'Another backup is running there',
    when: '`botport backup` is started while another one writes to the same place.',
    remedy: 'Wait for it to end.',
  },
  backup_no_repository: {
    status: 400,
    code: 400,
    msg: 'The folder is not in a git repository',
    when: '`botport backup --git` is given a folder that is in no work tree of git.',
    remedy: 'Run `git init` or `git clone` first.',
  },
  backup_no_branch: {
    status: 400,
    code: 400,
    msg: 'The repository is on no branch',
    when: '`botport backup --git` is given a repository with a detached HEAD, where nobody would find the commits.',
    remedy: 'Check out a branch: `git switch main`. CI systems have a setting for that.',
  },
  backup_git_failed: {
    status: 500,
    code: 500,
    msg: 'git failed',
    when: 'git ended with an error in `botport backup --git`: a hook refused, nobody is named as the author, a file of git is locked, …',
    remedy: 'The detail holds git’s own words.',
  },
  backup_push_refused: {
    status: 500,
    code: 500,
    msg: 'The commits could not be pushed',
    when: '`botport backup --git --push` met a remote that has other commits, or cannot be reached. The commits are there, in the repository.',
    remedy:
      'Bring the branch up to date (`git pull --rebase`) and run it again. Botport never forces a push.',
  },
  backup_incomplete: {
    status: 500,
    code: 500,
    msg: 'Not all bots could be backed up',
    when: '`botport backup` failed for some bots; the others were backed up.',
    remedy: 'The reasons stand above. Run it again: what was done stays.',
  },
  promotion_options: {
    status: 400,
    code: 400,
    msg: 'The promotion cannot be made in this way',
    when: '`botport promote` is given options that do not go together, or lacks a bot or a host.',
    remedy: 'The detail names the option; see `botport promote --help`.',
  },
  promotion_plan_invalid: {
    status: 400,
    code: 400,
    msg: 'The file is no plan of a promotion',
    when: '`botport promote --apply` is given a file that is missing, was edited, or was written by a newer Botport.',
    remedy: 'Make it anew with `botport promote --plan`.',
  },
  promotion_target: {
    status: 400,
    code: 400,
    msg: 'It is not clear which bot is the target',
    when: 'The target host has no bot, or several, of the name of the one that is promoted; or, with `--new`, it has one.',
    remedy: 'Name the bot with `--into`, or, where there is none yet, make it with `--new`.',
  },
  promotion_moved: {
    status: 409,
    code: 409,
    msg: 'The plan is outdated; nothing was changed',
    when: 'The source, the environment file or the target bot have changed since `botport promote --plan`.',
    remedy: 'Plan again, and look at what it says.',
  },
  promotion_unfinished: {
    status: 500,
    code: 500,
    msg: 'The promotion was not finished',
    when: 'The import into the target was made, and publishing it failed.',
    remedy: 'Run the same again to publish what is there, or go back as the detail says.',
  },
  bot_file_invalid: {
    status: 400,
    code: 400,
    msg: 'The file that says what to export is not valid',
    when: 'A `botport.yaml` is missing where it is named, is no YAML, lacks `bot`, has a key nobody knows, or names two places.',
    remedy: 'Correct what the detail names; docs/bot-file.md lists the keys.',
  },
  export_folder_foreign: {
    status: 400,
    code: 400,
    msg: 'The folder holds files that are not of an export',
    when: '`botport export --folder` is given a folder without a botDefinition.json, but with scripts, a `config.json` or an `icon.png`.',
    remedy: 'Name a new folder, or one that an earlier export went to.',
  },
  import_without_config: {
    status: 400,
    code: 400,
    msg: 'A definition alone would remove all variables of the bot',
    when: '`botport import --into` is given a botDefinition.json and no choice of parts: without a config.json beside it, a full import leaves no variables.',
    remedy: 'Give the archive or the folder, or choose parts with `--options`.',
  },
  app_invalid: {
    status: 400,
    code: 400,
    msg: 'The app cannot be created',
    when: '`botport apps create` was given an unknown kind or scope, or a builder app without exactly one bot, an empty name or a malformed bot id.',
    remedy: 'See `botport apps create --help`.',
  },
  app_unknown: {
    status: 400,
    code: 400,
    msg: 'No app has this client id',
    when: '`botport apps revoke` was given an unknown client id.',
    remedy: '`botport apps list` shows them.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorName = keyof typeof errors;

/** A failure of the registry, with what went wrong in this case. Never holds a secret. */
export class BotportError extends Error {
  override readonly name = 'BotportError';
  readonly type: ErrorName;
  readonly detail: string | undefined;
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(
    type: ErrorName,
    detail?: string,
    options: { retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(detail === undefined ? errors[type].msg : `${errors[type].msg}: ${detail}`, {
      cause: options.cause,
    });
    this.type = type;
    this.detail = detail;
    this.retryAfter = options.retryAfter;
  }
}

/** One failure as the public API words it: `msg` and `code` are the platform's own, the rest is ours. */
export interface ErrorReply {
  errors: [{ msg: string; code: number; type: ErrorName; detail?: string }];
}

export function errorReply(error: BotportError): ErrorReply {
  const { msg, code } = errors[error.type];
  const { type, detail } = error;
  return { errors: [detail === undefined ? { msg, code, type } : { msg, code, type, detail }] };
}
