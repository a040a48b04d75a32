"""The operations workbook."""
