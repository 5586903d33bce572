# Big integers and decimals: long native calls with no return to the interpreter.
import decimal
import math

decimal.getcontext().prec = 2000
print(len(str(decimal.Decimal(2).sqrt())), math.factorial(5000) % 1000007)
print(pow(3, 100003, 10**50 + 7), (1 << 200000).bit_length())
