import type { z } from 'zod';
import type { DeliveryRecord, WebhookRecord } from '../../webhooks/webhooks.ts';
import { iso } from '../replies.ts';
import type { delivery, webhook } from './schemas.ts';

export function showRecord(record: WebhookRecord): z.input<typeof webhook> {
  const { id, url, events, bots, createdAt, failingSince, disabledAt } = record;
  return {
    ...{ id, url, events, bots },
    createdOn: iso(createdAt),
    failingSince: isoOrNull(failingSince),
    disabledOn: isoOrNull(disabledAt),
  };
}

export function showDelivery(record: DeliveryRecord): z.input<typeof delivery> {
  const { number, id, event, status, attempts, outcome, createdAt, attemptedAt, dueAt } = record;
  return {
    ...{ number, id, event, status, attempts, outcome },
    createdOn: iso(createdAt),
    lastAttemptOn: isoOrNull(attemptedAt),
    nextAttemptOn: isoOrNull(dueAt),
  };
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}
