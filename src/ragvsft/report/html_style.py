"""How the one-file report looks: calm, for light and dark, for wide and narrow, on paper too."""

STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#14181f;--quiet:#545c69;--line:#d5dae1;--soft:#f3f5f8;--link:#0b5cad;
--right:#0b6b45;--old:#8f4a00;--wrong:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#15181d;--ink:#e5e8ec;--quiet:#a9b1bd;--line:#3a414d;--soft:#1e222a;
--link:#6cb0f5;--right:#5fd3a0;--old:#f2b263;--wrong:#ff8f87}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,sans-serif;
display:grid;grid-template-columns:15rem minmax(0,60rem);gap:3rem;justify-content:center;padding:0 1.5rem}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:3rem 0 2rem;font-size:.875rem}
nav ul{list-style:none;margin:0;padding:0}nav li{margin:.35rem 0}
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
main{padding:2.5rem 0 6rem;min-width:0}
section{border-top:1px solid var(--line);padding-top:.5rem;margin-top:2.5rem}section:first-child{border:0;margin:0}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 1rem}h2{font-size:1.2rem;margin:1.4rem 0 .6rem}
#answer>p:first-of-type{background:var(--soft);border-left:4px solid var(--link);padding:.9rem 1.1rem;margin:0 0 1rem}
#answer>p:first-of-type strong{font-weight:500;font-size:1.05rem}
.table{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums;min-width:60%}
th,td{padding:.38rem .75rem .38rem 0;border-bottom:1px solid var(--line);text-align:start;vertical-align:top}
thead th{color:var(--quiet);font-weight:500;vertical-align:bottom}
td{white-space:nowrap}td:has(code),.example td{white-space:normal}td code{display:inline-block;max-width:24rem}
td[style*=right],th[style*=right]{text-align:right}
code{font:.86em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--soft);padding:.05em .3em;
border-radius:3px;overflow-wrap:anywhere;unicode-bidi:plaintext}
pre{background:var(--soft);padding:1rem;overflow:auto;border-radius:6px}pre code{padding:0;background:none}
figure{margin:1.5rem 0}figcaption{font-weight:600;margin-bottom:.4rem}
figure svg{max-width:100%;height:auto;display:block}
td code{overflow-wrap:break-word}
.table{background:linear-gradient(270deg,var(--page) 40%,transparent) right/3rem 100% no-repeat local,
linear-gradient(270deg,var(--line),transparent) right/1.2rem 100% no-repeat scroll}
details{margin:.5rem 0}summary{cursor:pointer;padding:.25rem 0}
.example{border-bottom:1px solid var(--line);margin:0}.example summary{padding:.45rem 0}
.example[open]{padding-bottom:.8rem}.example p{margin:.2rem 0 .5rem;color:var(--quiet);font-size:.9rem}
.example th{font-weight:500;white-space:nowrap}.example td:nth-child(2){width:70%;overflow-wrap:anywhere}
.ticks{font:.8rem ui-monospace,monospace;color:var(--quiet);letter-spacing:.1em;margin-right:.5rem}
.current{color:var(--right)}.stale,.conflated{color:var(--old)}.wrong,.failed{color:var(--wrong)}.abstained{color:var(--quiet)}
@media (max-width:60rem){body{display:block}nav{position:static;max-height:none;padding:1.5rem 0 0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem}main{padding-top:1rem}}
@media print{nav{display:none}body{display:block}section{break-inside:avoid-page}}
""".strip()
