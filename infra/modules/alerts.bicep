metadata description = 'Alerts on conditions that need a person: dead letters, delayed events, 5xx responses, rejected signatures and failing notifications.'

import { textByName } from 'shared.bicep'

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the action group that is created for the email address.')
param actionGroupName string

@description('Email address; empty for none.')
param email string

@description('Resource id of another action group; empty for none.')
param actionGroupId string

@description('Age in minutes of the oldest unfinished event that raises an alert.')
param oldestEventMinutes int

@description('Number of rejected signatures within 15 minutes that raises an alert.')
param rejectedSignatures int

@description('Number of failed notification attempts within 15 minutes that raises an alert.')
param failedNotifications int

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Alerts on the result of a log query. An alert is raised if the value in column measure is greater than above.')
var queryAlerts = [
  {
    name: 'oldest-unfinished-event'
    title: 'An event is not finished after ${oldestEventMinutes} minutes'
    description: 'The age since receipt of the oldest unfinished event, including events whose work is stuck. Look at the downloads by outcome in the workbook, then at GET /api/events/{provider}?id=.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/oldest-unfinished-event.kql')
    measure: 'AgeMinutes'
    above: oldestEventMinutes
  }
  {
    name: 'server-errors'
    title: 'Responses with a 5xx status'
    description: 'A 503 means that Service Bus or storage was unavailable; not every provider sends the webhook again. Any other 5xx is a defect of the app.'
    severity: 1
    every: 'PT5M'
    query: loadTextContent('../alerts/server-errors.kql')
    measure: 'Responses'
    above: 0
  }
  {
    name: 'rejected-signatures'
    title: '${rejectedSignatures} rejected signatures within 15 minutes'
    description: 'Somebody forges webhooks, or a secret was rotated at the provider and not here. The workbook shows which provider.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/rejected-signatures.kql')
    measure: 'Rejected'
    above: rejectedSignatures - 1
  }
  {
    name: 'failing-notifications'
    title: '${failedNotifications} failed notification attempts within 15 minutes'
    description: 'One of your systems does not accept notifications of finished jobs. The app retries each for 24 hours and then dead-letters it. The workbook shows the target and the reason.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/failing-notifications.kql')
    measure: 'Failed'
    above: failedNotifications - 1
  }
]

@description('Action groups that get the alerts.')
var actionGroups = concat(empty(email) ? [] : [mail.id], empty(actionGroupId) ? [] : [actionGroupId])

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'webhooks'
    emailReceivers: [
      {
        name: 'mail'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

// Uses the platform's own metric, so that it works even if the app does not run. Within five minutes the app's timer re-drives messages that the
// broker itself dead-lettered, so only a dead letter that has stayed for fifteen minutes needs a person.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'A message was dead-lettered. GET /api/dead-letters/{queue} says why. Remove the cause, then send the message again with POST /api/dead-letters/{queue}/replay.'
    severity: 1
    enabled: true
    scopes: [namespace.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
          timeAggregation: 'Minimum'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [for id in actionGroups: { actionGroupId: id }]
  }
}

resource byQuery 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in queryAlerts: {
    name: alert.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: alert.title
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [insights.id]
      evaluationFrequency: alert.every
      windowSize: alert.every
      autoMitigate: true
      // The query cannot be validated on the first deployment, because there is no data yet.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: alert.measure
            operator: 'GreaterThan'
            threshold: alert.above
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: actionGroups }
    }
  }
]
