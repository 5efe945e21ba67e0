import { BotportError } from '../errors.ts';
import { errorReply } from './replies.ts';

/** Sends a request; throws `request_failed` when the host cannot be reached or answers with an error. */
export async function send(url: string, request: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (cause) {
    throw new BotportError('request_failed', `${URL.parse(url)?.origin ?? url} cannot be reached`, { cause });
  }
  if (response.ok) return response;
  throw new BotportError('request_failed', `${response.status} ${await wordsOf(response)}`);
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const parsed = errorReply.safeParse(JSON.parse(text));
    const [error] = parsed.success ? parsed.data.errors : [];
    if (error) return [error.msg, error.detail].filter(Boolean).join(': ');
  } catch {
    // Not JSON: a proxy's page, say. The status line says enough.
  }
  return response.statusText;
}
