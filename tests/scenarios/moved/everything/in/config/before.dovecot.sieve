require ["fileinto"];
if header :contains "X-List" "a" { fileinto "Lists"; }
