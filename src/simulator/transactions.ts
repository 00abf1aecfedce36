import type { Json } from '../shared/json.ts';
import { conflict, Refusal } from './answer.ts';
import { changesBetween } from './change-log.ts';
import { isChanged, withBodyOf, withWrites, type Configuration, type Writes } from './configuration.ts';
import { isReferenced } from './integrity.ts';
import type { Quirks } from './quirks.ts';
import { afterCommit, semanticErrors, writesOf } from './write-effects.ts';

/** A commit that took effect. */
export interface Commit {
  readonly message: string | null;
  readonly user: string;
  /** The entries of the change list as they were at the commit, without the ones that quirks add. */
  readonly changes: readonly Json[];
}

/** The one resource whose pending value a quirk hides by itself. */
const LICENSE = 'management/license';

/** Who owns a transaction: a session, or the second writer in the process. */
export interface Owner {
  readonly id: string;
  readonly user: string;
}

interface Transaction {
  readonly owner: Owner;
  readonly base: Configuration;
  readonly baseRevision: number;
  readonly writes: Map<string, Json | undefined>;
  /** What the writes made of `from`. */
  pending: { readonly from: Configuration; readonly configuration: Configuration } | undefined;
}

/** The committed configuration, the transactions open on it, and the lock of the web UI (core.md §6). */
export class Transactions {
  readonly #open = new Map<string, Transaction>();
  readonly #quirks: Quirks;
  #committed: Configuration;
  #revision = 0;
  #openings = 0;
  #lockHolder: string | null = null;
  /** The commits that took effect, oldest first. */
  readonly commits: Commit[] = [];

  constructor(configuration: Configuration, quirks: Quirks) {
    this.#committed = configuration;
    this.#quirks = quirks;
  }

  get committed(): Configuration {
    return this.#committed;
  }

  /** How many transactions were ever opened. */
  get openings(): number {
    return this.#openings;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** A web UI user takes or gives back the lock; transactions that are open stay open. */
  lock(holder: string | null): void {
    this.#lockHolder = holder;
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** Opens a transaction. Refusals: the lock's answer (Q1), 409 when the owner has one already. */
  open(owner: Owner): void {
    if (this.#open.has(owner.id)) {
      if (this.#quirks.reopen === 'accept') return;
      throw conflict('This session has an open transaction already.');
    }
    this.#refuseIfLocked(owner, 'open');
    this.#openings += 1;
    this.#open.set(owner.id, {
      owner,
      base: this.#committed,
      baseRevision: this.#revision,
      writes: new Map(),
      pending: undefined,
    });
  }

  /** Refuses a write for which there is no transaction and none opens by itself: 409 (core.md §6.2). */
  requireWritable(id: string): void {
    if (this.#open.has(id) || this.#quirks.writeMode === 'implicit') return;
    throw conflict('There is no open transaction available.');
  }

  /**
   * Stages a body, the order of a collection, or a delete (`undefined`). Refusals: those of `requireWritable` and `open`,
   * the lock, 400 `SemanticError` (Q17), and for the delete of an object in use what the quirk says (Q18).
   */
  stage(owner: Owner, path: string, body: Json | undefined): void {
    this.requireWritable(owner.id);
    if (!this.#open.has(owner.id)) this.open(owner);
    const transaction = this.#require(owner.id);
    this.#refuseIfLocked(owner, 'write');
    const view = this.#pending(transaction);
    if (body === undefined) this.#refuseIfInUse(view, path);
    const writes = writesOf(path, body, view, this.#quirks);
    const after = withWrites(view, writes);
    // A delete that came so far may leave references to nothing until the commit.
    const before = body === undefined ? after : view;
    if (this.#quirks.semanticCheck === 'write') this.#refuseIfInconsistent(before, after);
    // What comes back after its delete takes its old place, which only the writes as a whole show.
    const returns = [...writes.keys()].some((at) => transaction.writes.has(at) && !view.bodies.has(at));
    for (const [changed, value] of writes) transaction.writes.set(changed, value);
    transaction.pending = returns ? undefined : { from: this.#baseOf(transaction), configuration: after };
  }

  /**
   * Makes the staged changes the configuration and closes the transaction. Refusals: 409 without a transaction or, by
   * quirk, when the configuration moved; those of `messageOf`; the lock; 400 `SemanticError`. A refusal leaves the
   * transaction open or closes it by quirk (Q3).
   */
  commit(id: string, messageOf: () => string | null): void {
    const transaction = this.#require(id);
    try {
      const message = messageOf();
      this.#refuseIfLocked(transaction.owner, 'commit');
      const target = afterCommit(this.#targetOf(transaction), transaction.writes, this.#quirks);
      this.#refuseIfInconsistent(this.#committed, target);
      this.commits.push({ message, user: transaction.owner.user, changes: this.#entries(this.#committed, target) });
      this.#become(target);
      this.#open.delete(id);
    } catch (error) {
      if (this.#quirks.failedCommit === 'closes') this.#open.delete(id);
      throw error;
    }
  }

  /** Forgets a transaction with its changes; tells whether there was one. */
  drop(id: string): boolean {
    return this.#open.delete(id);
  }

  /** The change list of an owner, empty without a transaction. */
  changes(id: string): readonly Json[] {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return [];
    const entries = this.#entries(this.#baseOf(transaction), this.#pending(transaction));
    return entries.length === 0 ? [] : [...entries, ...this.#quirks.extraChanges];
  }

  /** What an owner's reads show (Q8). */
  view(id: string): Configuration {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return this.#committed;
    const base = this.#baseOf(transaction);
    if (this.#quirks.pendingVisible === 'nobody') return base;
    const hidden = this.#quirks.licensePending === 'hidden' && transaction.writes.has(LICENSE);
    return hidden ? withBodyOf(base, this.#pending(transaction), LICENSE) : this.#pending(transaction);
  }

  /** What an owner's commit would leave, whether or not reads show it. */
  pending(id: string): Configuration {
    const transaction = this.#open.get(id);
    return transaction === undefined ? this.#committed : this.#pending(transaction);
  }

  /** Changes the committed configuration without a transaction, as another administrator's save does. */
  write(writes: Writes): void {
    this.#become(withWrites(this.#committed, writes));
  }

  #pending(transaction: Transaction): Configuration {
    const base = this.#baseOf(transaction);
    if (transaction.pending?.from !== base) {
      transaction.pending = { from: base, configuration: withWrites(base, transaction.writes) };
    }
    return transaction.pending.configuration;
  }

  #baseOf(transaction: Transaction): Configuration {
    return this.#quirks.transactionView === 'live' ? this.#committed : transaction.base;
  }

  #targetOf(transaction: Transaction): Configuration {
    if (transaction.baseRevision === this.#revision || this.#quirks.secondWriter === 'merge') {
      return withWrites(this.#committed, transaction.writes);
    }
    if (this.#quirks.secondWriter === 'overwrite') return withWrites(transaction.base, transaction.writes);
    throw conflict('The configuration was changed by another transaction.');
  }

  #become(configuration: Configuration): void {
    if (isChanged(this.#committed, configuration)) this.#revision += 1;
    this.#committed = configuration;
  }

  #entries(before: Configuration, after: Configuration): readonly Json[] {
    return changesBetween(before, after, this.#quirks);
  }

  #require(id: string): Transaction {
    const transaction = this.#open.get(id);
    if (transaction === undefined) throw conflict('There is no open transaction available.');
    return transaction;
  }

  #refuseIfInUse(view: Configuration, path: string): void {
    const { deleteInUse } = this.#quirks;
    if (deleteInUse === 'at-commit' || !isReferenced(view, path)) return;
    if (deleteInUse === 'conflict') throw conflict('The object is in use.');
    throw new Refusal(400, 'SemanticError', 'The object is in use.', { errors: [`${path} is in use`] });
  }

  #refuseIfInconsistent(before: Configuration, after: Configuration): void {
    const errors = semanticErrors(before, after, this.#quirks);
    if (errors.length > 0) throw new Refusal(400, 'SemanticError', 'The configuration is inconsistent.', { errors });
  }

  #refuseIfLocked(owner: Owner, where: 'open' | 'write' | 'commit'): void {
    const answer = this.#quirks.lockAnswer;
    const holder = this.#lockHolder ?? this.#olderWriter(owner.id);
    if (holder === null || answer.where !== where) return;
    throw new Refusal(answer.status, answer.type, answer.message.replace('{holder}', holder), { holder });
  }

  /** With a single writer, whoever opened first holds the lock; the map keeps the order of opening. */
  #olderWriter(id: string): string | null {
    if (this.#quirks.parallelTransactions === 'allowed') return null;
    for (const transaction of this.#open.values()) {
      if (transaction.owner.id === id) return null;
      return transaction.owner.user;
    }
    return null;
  }
}
