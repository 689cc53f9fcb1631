/** The style of a report's page: light and dark by the reader's choice, light on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5b6672; --page: #ffffff; --panel: #f4f6f8; --rule: #d5dbe1;
  --good: #1a7f37; --bad: #c02626; --open: #8a5a00;
  --c0: #2563a8; --c1: #d9730d; --c2: #2e8b57; --c3: #8e44ad; --c4: #c0392b; --c5: #00838f; --c6: #8d6e00; --c7: #6b7785; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa5b1; --page: #14181c; --panel: #1d2329;
  --rule: #38414a; --good: #4cc26d; --bad: #ff7b72; --open: #e3b341;
  --c0: #6cb2ff; --c1: #ffa657; --c2: #5fd38d; --c3: #c792ea; --c4: #ff7b72; --c5: #4dd0e1; --c6: #e3c04b; --c7: #a7b3c0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--rule);
  padding-bottom: .25rem; }
.subtitle, footer, .detail, figcaption, caption { color: var(--soft); } .subtitle { margin: .2rem 0 1.2rem; }
.verdict { border-left: .4rem solid var(--open); background: var(--panel); padding: .8rem 1rem; margin: 0 0 1rem; }
.verdict strong { color: var(--open); margin-right: .3rem; } .verdict.good { border-color: var(--good); }
.verdict.good strong { color: var(--good); } .verdict.bad { border-color: var(--bad); } .verdict.bad strong { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem; margin: 0; }
.figures div { background: var(--panel); padding: .6rem .8rem; } .figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; } .figures .detail { font-size: .8rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; min-width: 60%; font-size: .9rem; } caption { text-align: left; padding: .2rem 0; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
figure { margin: 1.2rem 0; break-inside: avoid; } svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--rule); stroke-width: 1; } .tick { fill: var(--soft); font-size: 11px; }
.line { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; } .area { fill-opacity: .8; stroke: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .2rem 0 0; padding: 0 0 0 4.4rem;
  font-size: .85rem; }
.swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.08rem; }
${Array.from({ length: 8 }, (_, at) => `.line.c${at} { stroke: var(--c${at}); } .area.c${at} { fill: var(--c${at}); } .swatch.c${at} { background: var(--c${at}); }`).join('\n')}
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --page: #fff; --panel: #f4f6f8; --rule: #bbb;
  --good: #1a7f37; --bad: #c02626; --open: #8a5a00;
  --c0: #2563a8; --c1: #d9730d; --c2: #2e8b57; --c3: #8e44ad; --c4: #c0392b; --c5: #00838f; --c6: #8d6e00; --c7: #6b7785; }
  body { max-width: none; padding: 0; font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, caption { break-after: avoid; } tr { break-inside: avoid; } .wide { overflow: visible; } }
`;
