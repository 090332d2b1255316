/** The style sheet of a page; its colours are custom properties, one set for each scheme. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1d2126;--soft:#575e67;--line:#dcdfe3;--link:#0a58a8;
--a:#0068a8;--b:#b8500a;--c:#007a5a;--heat:42,111,187;--warn:#fff4dc;--warn-line:#c98a00;--good:#0a6b3d;--bad:#a8321f}
@media (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1d2125;--ink:#e8eaed;--soft:#a9b1ba;--line:#363c43;
--link:#8ec2ff;--a:#5cb3f0;--b:#f29a5b;--c:#4cc9a0;--heat:64,140,222;--warn:#33290f;--warn-line:#d9a62e;
--good:#6fd39b;--bad:#ff9a86}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .3rem}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--line)}
p{margin:.4rem 0 .8rem;max-width:46rem}
a{color:var(--link)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;padding:0;margin:.8rem 0 0;font-size:.9rem}
.soft,figcaption,caption{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;margin:1rem 0}
.cards div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
dt{font-size:.85rem;color:var(--soft)}
dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem;align-items:start}
figure{margin:0}
figcaption{font-size:.85rem;line-height:1.35}
.chart{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem;max-width:34rem}
.chart>svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--link)}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0 .4rem;font-size:.85rem}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{vertical-align:bottom;font-weight:600}
tbody th{font-weight:400}
.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
.words th{min-width:9rem}
.matrix td,.matrix th{padding:.15rem .3rem;border:1px solid var(--line)}
.matrix td{text-align:center;min-width:2.4rem;overflow-wrap:normal}
.matrix tbody th{max-width:9rem;text-align:right;font-size:.8rem;overflow-wrap:normal}
.matrix .turned{writing-mode:vertical-rl;transform:rotate(180deg);max-height:9rem;font-size:.8rem;
text-align:left;overflow-wrap:normal}
.matrix .right{outline:2px solid var(--soft);outline-offset:-3px}
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.5rem,1fr));gap:.8rem;padding:0;margin:0;
list-style:none}
.sheet img{display:block;width:100%;height:auto;max-width:9rem;border-radius:.25rem;background:var(--line)}
.pixels img{image-rendering:pixelated}
.sheet figcaption{font-size:.8rem;margin-top:.2rem}
.right-answer{color:var(--good)}
.wrong-answer{color:var(--bad)}
.warnings{background:var(--warn);border-left:4px solid var(--warn-line);padding:.5rem 1rem;margin:1rem 0}
.warnings ul{margin:.2rem 0;padding-left:1.2rem}
pre{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;white-space:pre-wrap;
overflow-wrap:anywhere;font-size:.85rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.picture{max-width:100%;height:auto;image-rendering:pixelated;border:1px solid var(--line)}
footer{padding:2rem 1rem;font-size:.85rem;color:var(--soft)}
@media (max-width:30rem){h1{font-size:1.3rem}.sheet{grid-template-columns:repeat(auto-fill,minmax(5.5rem,1fr))}
th,td{padding:.25rem .4rem}.words th{min-width:6.5rem}}
@media print{nav{display:none}}
`;
