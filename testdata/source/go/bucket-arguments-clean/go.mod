module example.com/bucket-arguments-clean

go 1.26
