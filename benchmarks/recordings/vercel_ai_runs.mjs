// Run the scenario on Vercel's AI SDK: node vercel_ai_runs.mjs SCENARIO.json PATTERN OUT.json, beside its node_modules.
// OUT gets the finished spans as OTLP/JSON, the tokens of every model call by agent, and why the run broke off.
import fs from 'node:fs';
import {generateText, stepCountIs, tool, ToolLoopAgent} from 'ai';
import {MockLanguageModelV3} from 'ai/test';
import {InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor} from '@opentelemetry/sdk-trace-node';
import {z} from 'zod';

const [scenarioPath, pattern, outPath] = process.argv.slice(2);
const {agents, root, fails} = JSON.parse(fs.readFileSync(scenarioPath, 'utf8'));
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({spanProcessors: [new SimpleSpanProcessor(exporter)]});
provider.register();
const used = {};

function scripted(name) {
  const {members, answer} = agents[name];
  let turn = 0;
  const doGenerate = async () => {
    const calling = turn === 0 && members.length > 0;
    if (!calling && name === fails) throw new Error('the model refused the request');
    turn += 1;
    const [input, output] = [10 + name.length * turn, 5 + turn];
    (used[name] ??= []).push([input, output]);
    const calls = members.map((member) => ({
      type: 'tool-call', toolCallId: `call_${member}`, toolName: `ask_${member}`,
      input: JSON.stringify({request: agents[member].task}),
    }));
    return {
      content: calling ? calls : [{type: 'text', text: answer}],
      finishReason: {unified: calling ? 'tool-calls' : 'stop', raw: undefined},
      usage: {inputTokens: {total: input, noCache: input}, outputTokens: {total: output, text: output}},
      warnings: [],
    };
  };
  return new MockLanguageModelV3({modelId: 'scripted-1', provider: 'scripted', doGenerate});
}

async function run(name, prompt) {
  used[name] ??= [];
  const tools = Object.fromEntries(agents[name].members.map((member) => [`ask_${member}`, tool({
    description: agents[member].about,
    inputSchema: z.object({request: z.string()}),
    execute: ({request}) => run(member, request).catch((error) => `ERROR ${member}: ${error.message}`),
  })]));
  const shared = {
    model: scripted(name), tools, maxRetries: 0, experimental_telemetry: {isEnabled: true, functionId: name},
  };
  if (pattern === 'agent') {
    const agent = new ToolLoopAgent({id: name, instructions: agents[name].prompt, ...shared});
    return (await agent.generate({prompt})).text;
  }
  return (await generateText({system: agents[name].prompt, prompt, stopWhen: stepCountIs(5), ...shared})).text;
}

const aborted = await run(root, agents[root].task).then(() => null, (error) => error.message);
const nanoseconds = ([seconds, rest]) => String(BigInt(seconds) * 1000000000n + BigInt(rest));
const anyValue = (value) => {
  if (Array.isArray(value)) return {arrayValue: {values: value.map(anyValue)}};
  if (typeof value === 'number') return Number.isInteger(value) ? {intValue: String(value)} : {doubleValue: value};
  return typeof value === 'boolean' ? {boolValue: value} : {stringValue: String(value)};
};
const keyValues = (values = {}) => Object.entries(values).filter(([, value]) => value !== undefined)
  .map(([key, value]) => ({key, value: anyValue(value)}));
const spans = exporter.getFinishedSpans();
const written = spans.map((span) => ({
  traceId: span.spanContext().traceId, spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId, name: span.name, kind: span.kind + 1,
  startTimeUnixNano: nanoseconds(span.startTime), endTimeUnixNano: nanoseconds(span.endTime),
  attributes: keyValues(span.attributes), status: {code: span.status.code, message: span.status.message},
  events: span.events.map(({name, time, attributes}) => (
    {name, timeUnixNano: nanoseconds(time), attributes: keyValues(attributes)})),
}));
const scope = {name: spans[0].instrumentationScope.name, version: spans[0].instrumentationScope.version};
const otlp = {resourceSpans: [{resource: {attributes: []}, scopeSpans: [{scope, spans: written}]}]};
fs.writeFileSync(outPath, JSON.stringify({otlp, used, aborted}));
