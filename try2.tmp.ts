import { createRuntime, HookError, Tensor } from "./src/index.ts";
await using runtime = await createRuntime({workers:2});
const inc=await runtime.register({kind:"pre",source:(d)=>({a:d.a+1})});
const keep=setInterval(()=>console.log(runtime.describe().busy,runtime.describe().waiting,done),1000);let done=0;
for (const conc of [64]) for(let k=0;k<2;k++){const N=conc===1?3000:30000; let i=0; const t=performance.now(); await Promise.all(Array.from({length:conc},async()=>{while(i++<N) {await inc.call({a:1});done++}})); console.log(conc,(performance.now()-t)/N*1000,"us/call",N/(performance.now()-t)*1000|0,"calls/s")}
console.log((await inc.call({a:1})).receipt);
clearInterval(keep);
