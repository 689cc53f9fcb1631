import type { Block, ChartBlock, ReportDocument, TableBlock } from './document.ts';
import { escapeXml } from './escape-xml.ts';
import { STYLE } from './style.ts';
import { COLOURS, svgChart } from './svg-chart.ts';

/** A document as one HTML file that needs nothing else, well-formed as XML too. */
export function htmlOf(document: ReportDocument): string {
  const { title, subtitle, verdict, figures, sections, footer } = document;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeXml(title)}</h1>
<p class="subtitle">${escapeXml(subtitle)}</p>
</header>
<main>
<p class="verdict ${verdict.state}"><strong>${escapeXml(verdict.text)}</strong></p>
<dl class="figures">
${figures
  .map(
    ({ name, value, detail }) =>
      `<div><dt>${escapeXml(name)}</dt><dd>${escapeXml(value)}</dd><dd class="detail">${escapeXml(detail)}</dd></div>`,
  )
  .join('\n')}
</dl>
${sections
  .map(
    (section) =>
      `<section>\n<h2>${escapeXml(section.title)}</h2>\n${section.blocks.map(blockOf).join('\n')}\n</section>`,
  )
  .join('\n')}
</main>
<footer><p>${escapeXml(footer)}</p></footer>
</body>
</html>
`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeXml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
    case 'table':
      return tableOf(block);
    case 'chart':
      return chartOf(block);
  }
}

function tableOf({ title, columns, rows }: TableBlock): string {
  const kind = (at: number): string => (columns[at]?.isNumber === true ? ' class="number"' : '');
  const head = columns.map((column, at) => `<th scope="col"${kind(at)}>${escapeXml(column.title)}</th>`).join('');
  const body = rows
    .map((cells) => `<tr>${cells.map((cell, at) => `<td${kind(at)}>${escapeXml(cell)}</td>`).join('')}</tr>`)
    .join('\n');
  const caption = title === '' ? '' : `<caption>${escapeXml(title)}</caption>`;
  return `<div class="wide"><table>${caption}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function chartOf(chart: ChartBlock): string {
  const legend = chart.series
    .map(({ name }, at) => `<li><span class="swatch c${at % COLOURS}"></span>${escapeXml(name)}</li>`)
    .join('');
  return `<figure><figcaption>${escapeXml(chart.title)}</figcaption>${svgChart(chart)}<ul class="legend">${legend}</ul></figure>`;
}
