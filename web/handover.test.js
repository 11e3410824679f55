import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { reportJson, reportName, STYLE, STYLE_HASH } from "./handover.js";
import { hostileName, sampleReport } from "./testing/samples.js";

test("the policy of the saved page allows its style and no other", () => {
  assert.equal(STYLE_HASH, `sha256-${createHash("sha256").update(STYLE).digest("base64")}`);
  assert.doesNotMatch(STYLE, /<|url\(|@import/);
});

test("JSON comes back as it was, with nothing invisible in it", () => {
  const report = sampleReport();
  report.artifacts[0].name = `${hostileName}\u{E0041}\uD800\u2028`;
  const text = reportJson(report, "2026-11-22 17:55:03 +09:00");
  const { listings, more_listings, ...rest } = report;
  assert.ok(listings.length > 0, "whole macros are left out");
  assert.deepEqual(JSON.parse(text), { checked_at: "2026-11-22 17:55:03 +09:00", ...rest });
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{C}\p{Zl}\p{Zp}]/u);
});

test("the name of the saved file takes nothing from the attachment", () => {
  const report = sampleReport();
  assert.equal(reportName(report, "html"), "unopened-report-abababababab.html");
  report.artifacts[0].sha256 = "../../x";
  assert.equal(reportName(report, "json"), "unopened-report.json");
});
