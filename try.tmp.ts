import { createRuntime, HookError, Tensor } from "./src/index.ts";
const t0=performance.now();
await using runtime = await createRuntime({workers:2});
console.log("start", performance.now()-t0);
const argmax = await runtime.register({ kind: "post", source: `(scores) => { const nj = require("numjs"); return nj.array(scores).tolist().map((row) => row.indexOf(Math.max(...row))); }`, returns: { type: "array", items: { type: "integer" } }, tenant: "acme" });
console.log(await argmax.call([[0.1, 0.9], [0.7, 0.3]]));
console.log((await argmax.call([[0.1, 0.9], [0.7, 0.3]])).receipt);
async function attempt(label, o, ...args){ const t=performance.now(); try { const h=await runtime.register(o); const r = await h.call(...args); console.log(label, r.value, (performance.now()-t).toFixed(1)); await h.remove() } catch(e){ console.log(label, (performance.now()-t).toFixed(1), e instanceof HookError ? e.message+" | "+e.hookStack+" | "+JSON.stringify(e.logs) : e) } }
await attempt("arity",{kind:"pre",source:"(a,b,c)=>1"},1);
await attempt("closure",{kind:"pre",source:"(a)=>{\n  return a+outer }"},1);
await attempt("lib",{kind:"pre",source:"(a)=>require('fs')"},1);
await attempt("threw",{kind:"pre",source:"(a)=>{\n console.log('a',a);\n  return a.b.c.d }"},{});
await attempt("loop",{kind:"pre",source:"(a)=>{for(;;);}"},1);
await attempt("bigint",{kind:"pre",source:"(a)=>{(2n**100000000n)**5n}",limits:{wallMs:300}},1);
await attempt("map",{kind:"pre",source:"(a)=>{const m=new Map; for(let i=0;;i++)m.set(i,i)}"},1);
await attempt("f16",{kind:"pre",source:"(a)=>new Float16Array(1)"},1);
await attempt("ret",{kind:"pre",source:"(a)=>({a:[1,'x']})",returns:{type:"object",properties:{a:{type:"array",items:{type:"number"}}}}},1);
await attempt("tensor",{kind:"pre",source:"(a)=>{const nj=require('numpy'); return nj.array(a).T}"},new Tensor("float32",[2,3],new Float32Array([1,2,3,4,5,6])));
await attempt("import",{kind:"pre",source:"async (a)=>{const {default: nj}=await import('numpy'); return nj.array(a).sum()}"},[1,2,3]);
await attempt("files",{kind:"pre",source:"(a,files)=>files.map(f=>[f.length,f.name,f.type,f.buffer.byteLength])"},1,[new Uint8Array(5),{data:new Uint8Array(100000),name:"a.png",type:"image/png"}]);
const inc=await runtime.register({kind:"pre",source:(d)=>({a:d.a+1})});
for (const conc of [1,64]) for(let k=0;k<3;k++){const N=conc===1?3000:30000; let i=0; const t=performance.now(); await Promise.all(Array.from({length:conc},async()=>{while(i++<N) await inc.call({a:1})})); console.log(conc,(performance.now()-t)/N*1000,"us/call",N/(performance.now()-t)*1000|0,"calls/s")}
console.log((await inc.call({a:1})).receipt);
const slow=await runtime.register({kind:"pre",source:(d)=>{const t=Date.now();while(Date.now()-t<d);return d}});
await slow.call(0);await slow.call(0);await slow.call(0);
{const t=performance.now();const r=await Promise.all([300,0,0,0,0,0,0,0].map(async d=>{await slow.call(d);return performance.now()-t}));console.log(r)}
