"""The models in service: loaded, taken up anew, told of, watched for drift, and a challenger beside them."""
