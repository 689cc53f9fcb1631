import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  describeError,
  REPORT_FORMATS,
  type ReportFormat,
  type ReportPeriod,
  replaceFile,
  reportFileName,
} from '@rtp/core';
import { managerErrors } from '../../errors.ts';
import { makeReport, reportText } from '../../report/make-report.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface ReportOptions extends CommonOptions {
  readonly date?: string;
  /** All of them unless one is named. */
  readonly format?: ReportFormat;
  readonly out?: string;
  readonly json?: boolean;
}

/** `rtp report`: writes the files and says where they are. Errors: those of `makeReport`, RTP_OUTPUT_UNWRITABLE. */
export async function reportCommand(period: ReportPeriod, options: ReportOptions): Promise<number> {
  endWithReader();
  const { config, paths } = cliContext(options);
  const report = await makeReport(paths, config, period, options.date);
  const folder = options.out === undefined ? paths.reportsDir : resolve(options.out);
  const date = report.period === 'daily' ? report.date : report.to;
  const formats = options.format === undefined ? REPORT_FORMATS : [options.format];
  const files = formats.map((format) => join(folder, reportFileName(period, date, format)));
  try {
    mkdirSync(folder, { recursive: true });
    for (const [index, file] of files.entries()) replaceFile(file, Buffer.from(reportText(report, formats[index]!)));
  } catch (cause) {
    throw managerErrors.create('RTP_OUTPUT_UNWRITABLE', `${folder} cannot be written: ${describeError(cause)}.`);
  }
  if (options.json === true) process.stdout.write(reportText(report, 'json'));
  else process.stdout.write(`${[report.verdict.headline, ...files].join('\n')}\n`);
  return 0;
}
