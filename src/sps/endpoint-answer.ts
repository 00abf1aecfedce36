import { createHash } from 'node:crypto';
import type { Json } from '../shared/json.ts';
import type { Answer } from './exchange.ts';
import type { Reading } from './message.ts';
import { parseReading, parseStatus, type Origin } from './parse-answers.ts';
import { requireJson } from './read-answer.ts';

/** What an endpoint answered a GET with, not looked into yet. */
export class EndpointAnswer {
  readonly #origin: Origin;
  readonly #answer: Answer;
  #digest: string | null = null;

  constructor(origin: Origin, answer: Answer) {
    this.#origin = origin;
    this.#answer = answer;
  }

  /** SHA-256 of the body's bytes: answers of one endpoint that have the same read the same. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(this.#answer.body).digest('base64');
    return this.#digest;
  }

  /** As a configuration endpoint: a leaf or a listing. Throws a `shape` error when it is neither. core.md §3.1. */
  reading(): Reading {
    return parseReading(this.#origin, this.#json());
  }

  /**
   * As a resource that shows its members under `body` or bare beside `key` and `meta`; an empty object when there are none.
   * Throws a `shape` error when it is a listing. endpoints-basic.md §1.2, §1.8.
   */
  status(): Json {
    return parseStatus(this.#origin, this.#json());
  }

  #json(): Json {
    return requireJson(this.#origin.request, this.#answer);
  }
}
