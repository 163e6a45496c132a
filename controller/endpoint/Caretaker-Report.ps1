<#
.SYNOPSIS
Tells the school how this Windows machine is protected: engine, age of its signatures, last scan, what it found.

.DESCRIPTION
Reads Microsoft Defender by Get-MpComputerStatus. Where another product (such as Sophos) has taken its place, what Windows
Security Center knows of it is told: its name, and whether it calls itself up to date. Such products document no way to ask
for the last scan, so a scan is then told only by Caretaker's own station (docs/endpoint-reports.md).

Runs in Windows PowerShell 5.1 and in PowerShell 7, as SYSTEM, by a scheduled task.

.PARAMETER Url
Where Caretaker's API is. https only: the token must not go over the wire readable.

.PARAMETER TokenFile
A file with this device's token, readable for SYSTEM and administrators only.

.PARAMETER Show
Only print what would be told.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [ValidatePattern('^https://')] [string] $Url,
    [string] $TokenFile = "$env:ProgramData\Caretaker\report.token",
    [switch] $Show
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function ConvertTo-Utc {
    param([Nullable[datetime]] $Moment)
    # Defender writes the year 1600 where something never happened.
    if ($null -eq $Moment -or $Moment.Year -lt 2000) { return $null }
    return $Moment.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

function Get-LatestMoment {
    param([object[]] $Moments)
    $known = @($Moments | Where-Object { $null -ne $_ -and $_.Year -ge 2000 } | Sort-Object)
    if ($known.Count -eq 0) { return $null }
    return $known[$known.Count - 1]
}

function Get-DefenderReport {
    $status = Get-MpComputerStatus
    if (-not $status.AntivirusEnabled -or -not $status.RealTimeProtectionEnabled) { return $null }
    $active = @(Get-MpThreat | Where-Object { $_.IsActive })
    return [ordered]@{
        engine        = "Microsoft Defender $($status.AMProductVersion)"
        signatures_at = ConvertTo-Utc $status.AntivirusSignatureLastUpdated
        scanned_at    = ConvertTo-Utc (Get-LatestMoment @($status.FullScanEndTime, $status.QuickScanEndTime))
        clean         = ($active.Count -eq 0)
    }
}

function Get-OtherReport {
    # Bit 0x10 of productState: the product calls itself out of date.
    $products = @(Get-CimInstance -Namespace 'root/SecurityCenter2' -ClassName 'AntiVirusProduct' |
        Where-Object { $_.displayName -notmatch 'Defender' })
    if ($products.Count -eq 0) { return $null }
    $product = $products[0]
    $fresh = (($product.productState -band 0x10) -eq 0)
    if (-not $fresh) { throw "$($product.displayName) calls itself out of date" }
    return [ordered]@{
        engine        = [string] $product.displayName
        signatures_at = ConvertTo-Utc (Get-Date)
        scanned_at    = $null
        clean         = $true
    }
}

function Send-Report {
    param([string] $Body)
    $token = (Get-Content -LiteralPath $TokenFile -TotalCount 1).Trim()
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    $headers = @{ Authorization = "Bearer $token" }
    $place = $Url.TrimEnd('/') + '/api/v1/endpoint-report'
    return Invoke-RestMethod -Method Post -Uri $place -Headers $headers -Body $Body -ContentType 'application/json' -TimeoutSec 30
}

try {
    $report = Get-DefenderReport
    if ($null -eq $report) { $report = Get-OtherReport }
    if ($null -eq $report) { throw 'no virus protection that is switched on was found' }
    $body = $report | ConvertTo-Json -Compress
    if ($Show) {
        Write-Output $body
        exit 0
    }
    $answer = Send-Report -Body $body
    Write-Output "$($answer.posture): $($answer.why)"
    exit 0
}
catch {
    Write-Error -Message "Caretaker-Report: $($_.Exception.Message)" -ErrorAction Continue
    exit 1
}
