import type { TradingDate } from '@rtp/core';
import { dateLiteral, literal } from '@rtp/store-client';
import { REFERENCE } from '../days/names.ts';
import type { Session } from '../engine/session.ts';
import type { SeriesDate } from './series-dates.ts';
import { engineKind } from './series-states.ts';

/** Which bars, and which build, the rows of each sealed day were last found right with. */
export class SettlementRegister {
  private readonly session: Session;
  private readonly marks = new Map<TradingDate, { readonly mark: string; readonly fingerprint: string }>();

  private constructor(session: Session) {
    this.session = session;
  }

  static async load(session: Session): Promise<SettlementRegister> {
    const register = new SettlementRegister(session);
    const rows = await session.rows(
      `SELECT strftime(date, '%Y-%m-%d'), mark, fingerprint FROM ${REFERENCE}.settlements`,
    );
    for (const [date, mark, fingerprint] of rows as [string, string, string][]) {
      register.marks.set(date, { mark, fingerprint });
    }
    return register;
  }

  /** The mark a date was settled with, whatever the build; null when it was not. */
  markOf(date: TradingDate): string | null {
    return this.marks.get(date)?.mark ?? null;
  }

  /** Whether the rows of a date follow from its bars as they are, by this build. */
  isSettled({ date, mark }: SeriesDate): boolean {
    const of = this.marks.get(date);
    return of !== undefined && of.mark === mark && of.fingerprint === engineKind().fingerprint;
  }

  /** Stores that a date is settled. Inside the writer's queue. */
  async record({ date, mark }: SeriesDate): Promise<void> {
    const { fingerprint } = engineKind();
    await this.session.transaction(() =>
      this.session.exec(`DELETE FROM ${REFERENCE}.settlements WHERE date = ${dateLiteral(date)};
        INSERT INTO ${REFERENCE}.settlements VALUES (${dateLiteral(date)}, ${literal(mark)}, ${literal(fingerprint)})`),
    );
    this.marks.set(date, { mark, fingerprint });
  }
}
