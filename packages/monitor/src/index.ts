export { monitorErrors } from './errors.ts';
export { appendLine, metricsFile } from './metrics-file.ts';
export { keptProof } from './proof/kept-proof.ts';
export { ProofWatch, type ProofWatchOptions } from './proof/proof-watch.ts';
export { readSamples, type SampleHistory } from './read-samples.ts';
export { type ComponentSample, SAMPLE_VERSION, type Sample, sampleSchema } from './sample.ts';
export { Sampler, type SamplerOptions } from './sampler.ts';
export { startMonitor } from './start-monitor.ts';
export { type SampleInputs, takeSample } from './take-sample.ts';
