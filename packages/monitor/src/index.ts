export { appendLine } from './append-line.ts';
export { monitorErrors } from './errors.ts';
export { keptProof } from './proof/kept-proof.ts';
export { ProofWatch, type ProofWatchOptions } from './proof/proof-watch.ts';
export { Sampler, type SamplerOptions } from './sampler.ts';
export { startMonitor } from './start-monitor.ts';
export { type SampleInputs, takeSample } from './take-sample.ts';
