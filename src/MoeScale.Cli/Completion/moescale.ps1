# Completion of moescale for PowerShell.
Register-ArgumentCompleter -Native -CommandName moescale -ScriptBlock {
    param($word, $line, $cursor)
    $before = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
    # PowerShell drops an empty word; a pair of quotes stands for it.
    $current = if ($word) { "$word" } else { '""' }
    & "$($line.CommandElements[0])" complete -- @before $current 2>$null | ForEach-Object {
        $text, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $text }
        [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $meaning)
    }
}
