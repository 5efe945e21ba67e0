import { Option } from 'commander';

/** The host a command works on. Not called `--server`: any host that speaks the API will do. */
export function hostOption(flag = '--host', what = 'the host'): Option {
  return new Option(`${flag} <url>`, `${what}: a URL (default: http://127.0.0.1:8080)`);
}
