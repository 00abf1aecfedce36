import type { Answer } from './answer.ts';
import { htmlAnswer, jsonAnswer } from './answer.ts';
import type { Fault } from './faults.ts';

/** How the answer goes out: whole, cut in the middle, padded, or not at all. */
export type Delivery =
  | { readonly kind: 'send'; readonly answer: Answer }
  | { readonly kind: 'truncate'; readonly answer: Answer }
  | { readonly kind: 'pad'; readonly answer: Answer; readonly bytes: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'hang' };

const HUGE_BYTES = 64 * 1024 * 1024;
const PAGE = '<!doctype html><title>Error</title><h1>The service is not available</h1>';

/**
 * Turns a request into what is delivered under a fault. `perform` lets the request take effect and gives the honest
 * answer; it is not called when the fault comes before the effect.
 */
export function deliveryOf(fault: Fault | undefined, perform: () => Answer): Delivery {
  if (fault === undefined) return { kind: 'send', answer: perform() };
  switch (fault.kind) {
    case 'drop-before':
      return { kind: 'cut' };
    case 'drop-after':
      perform();
      return { kind: 'cut' };
    case 'hang':
      if (fault.effect === 'applied') perform();
      return { kind: 'hang' };
    case 'truncate':
      return { kind: 'truncate', answer: perform() };
    case 'huge':
      return { kind: 'pad', answer: perform(), bytes: fault.bytes ?? HUGE_BYTES };
    case 'duplicate':
      perform();
      return { kind: 'send', answer: perform() };
    case 'wrong-shape':
      return { kind: 'send', answer: jsonAnswer(perform().status, fault.json ?? { unexpected: [1, 2, 3] }) };
    case 'status':
    case 'html':
    case 'redirect':
      if (fault.effect === 'applied') perform();
      return { kind: 'send', answer: replacement(fault) };
    case 'delay':
    case 'expire-session':
      return { kind: 'send', answer: perform() };
  }
}

function replacement(fault: Extract<Fault, { kind: 'status' | 'html' | 'redirect' }>): Answer {
  if (fault.kind === 'redirect') return { status: 302, headers: { Location: fault.location ?? '/login' }, text: '' };
  if (fault.kind === 'html') return htmlAnswer(fault.status ?? 502, fault.html ?? PAGE);
  const headers = fault.headers ?? {};
  if (fault.json !== undefined) return jsonAnswer(fault.status, fault.json, headers);
  if (fault.html === undefined) return { status: fault.status, headers, text: '' };
  const page = htmlAnswer(fault.status, fault.html);
  return { ...page, headers: { ...page.headers, ...headers } };
}
