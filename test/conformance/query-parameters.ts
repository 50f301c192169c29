/**
 * The parameters of a request in the old Query protocol, spelled as old SDKs spell them: lists and maps
 * flattened under names of their own, counted from 1. An empty list is its member with nothing behind it, as
 * botocore writes it; an empty map cannot be said, and what has another form than the model's is written
 * member by member, as it comes.
 */
import { isObject, type JsonObject } from "../support/json-value.ts";

export type Parameter = readonly [name: string, value: string];

const MAPS = new Map([
  ["Attributes", { name: "Attribute", key: "Name" }],
  ["MessageAttributes", { name: "MessageAttribute", key: "Name" }],
  ["MessageSystemAttributes", { name: "MessageSystemAttribute", key: "Name" }],
  ["Tags", { name: "Tag", key: "Key" }],
  ["tags", { name: "Tag", key: "Key" }],
]);
const LISTS = new Map([
  ["AWSAccountIds", "AWSAccountId"],
  ["Actions", "ActionName"],
  ["AttributeNames", "AttributeName"],
  ["BinaryListValues", "BinaryListValue"],
  ["MessageAttributeNames", "MessageAttributeName"],
  ["MessageSystemAttributeNames", "AttributeName"],
  ["StringListValues", "StringListValue"],
  ["TagKeys", "TagKey"],
]);

export function queryParameters(action: string, input: object): Parameter[] {
  const members: JsonObject = { ...input };
  return [["Action", action], ["Version", "2012-11-05"], ...ofMembers(action, "", members)];
}

function ofMembers(action: string, prefix: string, members: JsonObject): Parameter[] {
  return Object.entries(members).flatMap(([member, value]) => {
    if (Array.isArray(value) && value.length === 0) return [[prefix + member, ""]];
    const map = MAPS.get(member);
    if (map !== undefined && isObject(value))
      return ofMap(action, prefix + map.name, map.key, value);
    const isOfBoth =
      member === "MessageSystemAttributeNames" && members.AttributeNames !== undefined;
    const list = isOfBoth ? "MessageSystemAttributeName" : LISTS.get(member);
    const name = member === "Entries" ? `${action}RequestEntry` : list;
    return ofValue(action, prefix + (Array.isArray(value) ? (name ?? member) : member), value);
  });
}

function ofMap(action: string, name: string, keyName: string, map: JsonObject): Parameter[] {
  return Object.entries(map).flatMap(([key, value], index) => {
    const entry = `${name}.${index + 1}`;
    return [[`${entry}.${keyName}`, key], ...ofValue(action, `${entry}.Value`, value)];
  });
}

function ofValue(action: string, name: string, value: unknown): Parameter[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    const elements: unknown[] = value;
    return elements.flatMap((element, index) => ofValue(action, `${name}.${index + 1}`, element));
  }
  return isObject(value) ? ofMembers(action, `${name}.`, value) : [[name, String(value)]];
}
