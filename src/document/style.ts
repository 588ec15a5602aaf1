/** The style sheet of the HTML report: system fonts, light and dark, and a print layout for A4. */
export const style = `
:root{--ink:#1b1f24;--soft:#5c6670;--line:#dfe3e8;--page:#fff;--raised:#f6f7f9;--accent:#0b66c3;--ok:#11733c;--warn:#8a5a00;--bad:#b3261e;--info:#0b66c3;--ok-bg:#e5f5eb;--warn-bg:#fff3d6;--bad-bg:#fdeceb;--c1:#0b66c3;--c2:#d55e00;--c3:#2a8f5c;--c4:#8e5ea2;--c5:#a67c00;--c6:#4f7a94;--c7:#c2417c;--c8:#7a8188}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#98a2ad;--line:#2e353d;--page:#14171b;--raised:#1c2026;--accent:#62b0ff;--ok:#5fd08b;--warn:#f0bd5a;--bad:#ff8d85;--info:#62b0ff;--ok-bg:#12301f;--warn-bg:#352a10;--bad-bg:#3a1a18;--c1:#62b0ff;--c2:#ff9a5c;--c3:#62cf97;--c4:#c9a0dc;--c5:#e0bb4e;--c6:#8fb8cf;--c7:#f089b5;--c8:#a7afb7}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1040px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:24px;line-height:1.25;margin:0}h2,h3,h4{font-size:16px;margin:28px 0 8px}.chapter{font-size:19px;margin:40px 0 0;padding-top:10px;border-top:1px solid var(--line)}.chapter+section>:first-child{margin-top:16px}
.sub{color:var(--soft);margin:2px 0 20px}
.banner{margin:0 0 8px;padding:10px 14px;border-radius:6px;background:var(--raised);border-left:4px solid var(--soft)}
.banner strong{letter-spacing:.03em;margin-right:6px}
.banner.ok{background:var(--ok-bg);border-color:var(--ok)}.banner.warn{background:var(--warn-bg);border-color:var(--warn)}.banner.bad{background:var(--bad-bg);border-color:var(--bad)}
.banner.ok strong,.ok{color:var(--ok)}.banner.warn strong,.warn{color:var(--warn)}.banner.bad strong,.bad{color:var(--bad)}
.banner.ok,.banner.warn,.banner.bad{color:var(--ink)}
.notes{margin:8px 0 16px;padding-left:22px}.notes li{color:var(--ink)}.notes li.warn::marker{color:var(--warn)}.notes li.bad::marker{color:var(--bad)}.notes li.info::marker{color:var(--info)}
code{font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft)}
pre{background:var(--raised);padding:10px 14px;border-radius:6px;overflow-x:auto}
dl{display:grid;grid-template-columns:fit-content(45%) 1fr;gap:2px 18px;margin:16px 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;margin:20px 0}
.figure{background:var(--raised);border-radius:8px;padding:12px 16px}.label,.beside,.unit{color:var(--soft)}.label,.beside{font-size:13px}.big{font-size:28px;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums}.unit{font-size:15px;font-weight:400}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:baseline;white-space:nowrap}td.left{white-space:normal}
th{color:var(--soft);font-weight:500;font-size:13px}thead tr:last-child th{border-bottom:1px solid var(--line)}tbody tr+tr td{border-top:1px solid var(--line)}
.right{text-align:right}.first{padding-left:18px}th.group{text-align:left;color:var(--ink)}small{color:var(--soft);font-size:12px;font-weight:400}
.foot{color:var(--soft);font-size:13px;margin:6px 0 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));gap:20px}.charts>svg:only-child{max-width:520px}svg{width:100%;height:auto;font:11px system-ui,sans-serif}
svg text{fill:var(--soft)}svg .name{fill:var(--ink);font-size:12px}svg .value{fill:var(--ink)}svg .grid{stroke:var(--line)}svg .line{fill:none;stroke:var(--accent);stroke-width:1.8;stroke-linejoin:round}svg .bar{fill:var(--accent)}
figure.large{margin:0;max-width:720px}svg .curve{fill:none;stroke-width:2.2;stroke-linejoin:round}svg .axis{stroke:var(--soft)}svg .drop{stroke:var(--soft);stroke-dasharray:3 3}svg .mark{fill:var(--page);stroke:var(--ink);stroke-width:1.4}svg .value,svg .name{paint-order:stroke;stroke:var(--page);stroke-width:3px}svg .marknumber{fill:var(--ink);font-weight:600}svg .part{stroke:var(--page);stroke-width:1}
svg .s1{stroke:var(--c1);stroke-dasharray:none}svg .f1{fill:var(--c1)}svg .s2{stroke:var(--c2);stroke-dasharray:7 4}svg .f2{fill:var(--c2)}svg .s3{stroke:var(--c3);stroke-dasharray:2 3}svg .f3{fill:var(--c3)}svg .s4{stroke:var(--c4);stroke-dasharray:9 3 2 3}svg .f4{fill:var(--c4)}svg .s5{stroke:var(--c5);stroke-dasharray:4 2}svg .f5{fill:var(--c5)}svg .s6{stroke:var(--c6);stroke-dasharray:12 4}svg .f6{fill:var(--c6)}svg .s7{stroke:var(--c7);stroke-dasharray:1 3}svg .f7{fill:var(--c7)}svg .s8{stroke:var(--c8);stroke-dasharray:6 2 1 2 1 2}svg .f8{fill:var(--c8)}
.legend{list-style:none;margin:6px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:3px 18px;font-size:13px;color:var(--soft)}.legend li{display:flex;align-items:center;gap:7px;min-width:0}.legend .swatch{width:26px;height:10px;flex:none}.legend .square{width:12px;height:12px;flex:none}.legend .number{border:1.4px solid var(--ink);border-radius:50%;width:17px;height:17px;line-height:14px;text-align:center;font-size:11px;color:var(--ink);flex:none}.legend .dashed{border-left:1.5px dashed var(--soft);height:14px;flex:none}
@media (max-width:560px){main{padding:20px 14px 40px}h1{font-size:21px}.figures{grid-template-columns:repeat(auto-fit,minmax(140px,1fr))}.big{font-size:22px}.notes{padding-left:18px}figure.large svg:not(.swatch,.square){font-size:14px}figure.large svg .name{font-size:14px}}
@page{size:A4;margin:14mm}
@media print{:root{--ink:#000;--soft:#444;--line:#ccc;--page:#fff;--raised:#f3f3f3;--accent:#0b66c3;--ok:#11733c;--warn:#8a5a00;--bad:#b3261e;--ok-bg:#f3f3f3;--warn-bg:#f3f3f3;--bad-bg:#f3f3f3;--c1:#0b66c3;--c2:#d55e00;--c3:#2a8f5c;--c4:#8e5ea2;--c5:#a67c00;--c6:#4f7a94;--c7:#c2417c;--c8:#7a8188}
body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}figure,.figures,dl{break-inside:avoid}section{break-inside:avoid-page}.wide{overflow:visible}th,td{padding:2px 6px 2px 0;font-size:8pt}th{white-space:normal;overflow-wrap:normal}small{font-size:7.5pt}.first{padding-left:10px}.foot{font-size:8pt}.big{font-size:16pt}.figures{grid-template-columns:repeat(4,1fr)}.charts{grid-template-columns:1fr 1fr}figure.large{max-width:135mm}.charts>svg:only-child{max-width:100mm}.chapter{font-size:13pt;margin-top:18pt}.legend{font-size:8pt}h2,h3,h4{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}}
`;
