// A production deployment that is closed to the internet and survives the loss of a zone.
using '../../../infra/main.bicep'

param environmentName = 'private'
param location = 'westeurope'
param principalId = '33333333-3333-3333-3333-333333333333'
param principalType = 'ServicePrincipal'
param deployerAccess = 'none'
param privateNetwork = true
param zoneRedundant = true
param alwaysReadyHttp = 2
param alertEmail = 'someone@example.com'
