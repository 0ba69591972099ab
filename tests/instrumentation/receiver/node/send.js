// Records an agent and its members with OpenTelemetry's SDK for Node, and sends them through the exporter that is named.
//
// node send.js ENDPOINT proto|http none|gzip NAME
// Prints the ids of the spans that were made, as JSON, once the exporter has had its answer.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [endpoint, format, compression, name] = process.argv.slice(2);
const Exporter = format === "proto" ? ProtoExporter : JsonExporter;
const provider = new BasicTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new Exporter({ url: `${endpoint}/v1/traces`, compression }))],
});
const tracer = provider.getTracer("conformance", "1.0");
const agent = (called) => ({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": called });

const root = tracer.startSpan(`invoke_agent ${name}`, { attributes: agent(name), kind: SpanKind.INTERNAL });
const inside = trace.setSpan(ROOT_CONTEXT, root);
const made = [root];
for (let number = 0; number < 20; number++) {
  const member = tracer.startSpan(
    `invoke_agent member-${number}`,
    {
      attributes: { ...agent(`member-${number}`), "list.of": [1, 2, number], ratio: 0.5, "is.last": number === 19, text: "Grüße 🚀" },
      links: [{ context: root.spanContext(), attributes: { why: "because" } }],
    },
    inside,
  );
  member.addEvent("note", { "at.step": number });
  member.recordException(new Error("it broke"));
  member.setStatus({ code: SpanStatusCode.ERROR, message: "it broke" });
  member.end();
  made.push(member);
}
root.end();
await provider.forceFlush();
await provider.shutdown();
console.log(JSON.stringify(made.map((span) => span.spanContext().spanId)));
