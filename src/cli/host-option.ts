import { Option } from 'commander';

/** The host a command works on. Not called `--server`: any host that speaks the API will do. */
export function hostOption(flag = '--host', what = 'the host'): Option {
  return new Option(`${flag} <host>`, `${what}: a URL, or the name of a profile (default: this machine)`);
}
