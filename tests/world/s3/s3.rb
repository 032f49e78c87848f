# SPDX-License-Identifier: BSD-2-Clause
# ruby s3.rb URL BUCKET VERB [words]: fog-aws on one bucket, keys from the variables of eucarc; BUCKETS=hosts
# puts buckets into host names, SIGNS is the signature version.
require 'fog/aws'

url, bucket, verb, key, other = ARGV
store = Fog::Storage.new(
  provider: 'AWS', endpoint: url, path_style: ENV['BUCKETS'] != 'hosts', region: 'eucalyptus',
  aws_access_key_id: ENV['EC2_ACCESS_KEY'], aws_secret_access_key: ENV['EC2_SECRET_KEY'],
  aws_signature_version: Integer(ENV['SIGNS'])
)
files = store.directories.new(key: bucket).files

case verb
when 'make' then store.directories.create(key: bucket)
when 'put' then files.create(key: key, body: File.open(other), multipart_chunk_size: 5 << 20)
when 'get' then File.open(other, 'wb') { |file| files.get(key) { |part, *| file.write(part) } }
when 'names' then puts files.map(&:key)
when 'copy' then files.get(key).copy(bucket, other)
when 'link' then puts files.new(key: key).url(Time.now + 600)
when 'remove' then files.new(key: key).destroy
when 'unmake' then store.directories.new(key: bucket).destroy
end
