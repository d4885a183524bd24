metadata description = 'A Log Analytics workspace, and Application Insights on it. Both accept data only with an Entra token.'

import { textByName } from 'shared.bicep'

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Daily cap in GB; -1 for no limit.')
param dailyCapGb int

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}
